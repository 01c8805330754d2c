"""kill -9 between the ledger of destroyed keys and the database: after the next start each destruction is whole."""

import json
import time
from pathlib import Path

import pytest

from app.security.crypto.shred_ledger import LEDGER
from tests.faults.conftest import SCALE, Install
from tests.faults.crowd import Crowd
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.oracle import Oracle
from tests.faults.site import Site

pytestmark = pytest.mark.faults
KILLS = 5 * SCALE
CASES_EACH = 6
PATIENCE_S = 240.0
DECIDED = (
    "INSERT INTO retention_level (id, unit_id, class_code, months, decision_number, valid_from, created_at, created_by)"
    " SELECT id, id, 'closed_incident', 120, '05/QĐ-MẪU', '2020-01-01', '2020-01-01 00:00:00.000000', id"
    " FROM unit WHERE kind = 'department'"
)
ENDED_LONG_AGO = (
    "UPDATE child_case SET state = 'closed', closed_at = '2010-01-01 00:00:00.000000' WHERE incident_id IN ({ids})",
    "UPDATE incident_event SET kind = 'close', at = '2010-01-01 00:00:00.000000' WHERE incident_id IN ({ids})",
    "UPDATE incident SET state = 'closed' WHERE id IN ({ids})",
)
DUE_NOW = "UPDATE job SET run_at = '2020-01-01 00:00:00.000000' WHERE kind = 'destroy_due'"
APPLIED = "SELECT position FROM shred_mark"
BLANK = "SELECT id FROM data_key WHERE wrapped = ''"
FILES_LEFT = (
    "SELECT attachment.id FROM attachment JOIN incident ON incident.id = incident_id"
    " WHERE incident.destroyed_at IS NULL"
)
HALF_DONE = (
    "SELECT count(*) FROM incident JOIN data_key ON data_key.id = key_id"
    " WHERE (data_key.wrapped = '') <> (incident.destroyed_at IS NOT NULL)"
)


def test_a_destruction_that_was_killed_is_ended_by_the_next_start(
    engine: str, install: Install, figures: Figures, tmp_path: Path
) -> None:
    site = install(engine)
    oracle, ledger = Oracle(site), Ledger(tmp_path / "ledger")
    _create_cases(site, ledger, KILLS * CASES_EACH)
    oracle.change(DECIDED)
    cases, torn = sorted(ledger.ids("incident")), 0
    for number in range(KILLS):
        _let_end(oracle, cases[number * CASES_EACH : (number + 1) * CASES_EACH])
        _kill_worker_at_the_ledger(site, oracle)
        torn += _applied(oracle) < len(_lines(site))
        site.kill(site.serve())
        assert _applied(oracle) == len(_lines(site))
        assert oracle.rows(HALF_DONE) == [(0,)]
    destroyed = [line["key_id"] for line in _lines(site)]
    assert len(set(destroyed)) == len(destroyed), "one key was destroyed twice"
    assert oracle.named(BLANK) == set(destroyed)
    assert oracle.named("SELECT id FROM destruction_certificate") == {line["certificate"] for line in _lines(site)}
    figures.killed(f"worker on {engine}", KILLS)
    readable = oracle.named(FILES_LEFT)
    ledger.contents = {file: content for file, content in ledger.contents.items() if file in readable}
    verdict = oracle.judge(ledger)
    figures.record(f"{KILLS} kills in a destruction", engine, f"{len(destroyed)} keys, {torn} of them torn; {verdict}")
    assert verdict.is_clean, verdict
    assert torn > 0, "no destruction was ever interrupted between the ledger and the database"


def _create_cases(site: Site, ledger: Ledger, cases: int) -> None:
    crowd = Crowd(site, ledger, small_files=True)
    server = site.serve()
    with crowd.at_work(crowd.sign_in()):
        deadline = time.monotonic() + PATIENCE_S
        while len(ledger.ids("incident")) < cases:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    site.kill(server)


def _let_end(oracle: Oracle, cases: list[str]) -> None:
    """As if the cases had been closed long ago."""
    ids = ", ".join(f"'{oracle.written(case)}'" for case in cases)
    for statement in ENDED_LONG_AGO:
        oracle.change(statement.format(ids=ids))


def _kill_worker_at_the_ledger(site: Site, oracle: Oracle) -> None:
    """The moment that the ledger has grown."""
    before = len(_bytes(site))
    oracle.change(DUE_NOW)
    worker = site.start("worker")
    deadline = time.monotonic() + PATIENCE_S
    while len(_bytes(site)) == before:
        assert time.monotonic() < deadline, "nothing was destroyed"
    site.kill(worker)


def _bytes(site: Site) -> bytes:
    path = site.directory / "data" / "shred-ledger" / LEDGER
    return path.read_bytes() if path.exists() else b""


def _lines(site: Site) -> list[dict[str, str]]:
    return [json.loads(line) for line in _bytes(site).splitlines()]


def _applied(oracle: Oracle) -> int:
    found = oracle.rows(APPLIED)
    return int(str(found[0][0])) if found else 0
