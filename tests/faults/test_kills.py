"""kill -9 of the server, the worker and PostgreSQL, at random moments under load: nothing is lost or duplicated."""

import time
from pathlib import Path

import pytest

from tests.engines.postgres import PrivatePostgres
from tests.faults.conftest import SCALE, Install
from tests.faults.crowd import Crowd
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.oracle import Oracle
from tests.faults.site import Site, moment

pytestmark = pytest.mark.faults
SERVER_KILLS = 40 * SCALE
REPORT_KILLS = 20 * SCALE
WORKER_KILLS = 25 * SCALE
POSTGRES_KILLS = 10 * SCALE


def settle(site: Site, oracle: Oracle) -> None:
    """A worker ends what the dead had begun: where every start is slow, none lived for long enough to seal the log."""
    oracle.end_leases()
    worker = site.start("worker")
    oracle.await_calm()
    site.kill(worker)


def test_a_killed_server_loses_and_doubles_nothing(
    engine: str, install: Install, figures: Figures, tmp_path: Path
) -> None:
    site = install(engine)
    oracle, ledger = Oracle(site), Ledger(tmp_path / "ledger")
    server = site.serve()
    crowd = Crowd(site, ledger)
    with crowd.at_work(crowd.sign_in()):
        for _ in range(SERVER_KILLS):
            moment()
            site.kill(server)
            server = site.serve()
        time.sleep(1)
    crowd = Crowd(site, ledger, clients=0, strangers=0, reports=True, classes=True)
    with crowd.at_work(crowd.sign_in()):
        for _ in range(REPORT_KILLS):
            # A fresh server is slow at first: each kill meets another step.
            crowd.await_step()
            moment()
            site.kill(server)
            server = site.serve()
    site.kill(server)
    settle(site, oracle)
    verdict = oracle.judge(ledger)
    kills = SERVER_KILLS + REPORT_KILLS
    figures.killed(f"server on {engine}", kills)
    figures.record(f"{kills} kills of the server", engine, verdict)
    assert verdict.is_clean, verdict
    assert verdict.repeated > 0, "no request was ever interrupted"
    assert verdict.hits > 0, "no kill met a report"
    assert verdict.class_hits > 0, "no kill met a class"


def test_a_killed_worker_does_each_job_once(engine: str, install: Install, figures: Figures, tmp_path: Path) -> None:
    """Each clock that ran out is raised, and raised once, however often its worker dies on the way."""
    site = install(engine)
    oracle, ledger = Oracle(site), Ledger(tmp_path / "ledger")
    crowd = Crowd(site, ledger, backdated=True, clients=2)
    server = site.serve()
    worker = site.start("worker")
    with crowd.at_work(crowd.sign_in()):
        for _ in range(WORKER_KILLS):
            moment(0.8)
            site.kill(worker)
            worker = site.start("worker")
    site.kill(worker)
    settle(site, oracle)
    site.kill(server)
    verdict = oracle.judge(ledger)
    (raised,) = oracle.rows("SELECT count(*), count(DISTINCT clock_id) FROM escalation")
    (named,) = oracle.rows("SELECT count(DISTINCT escalation_id), count(escalation_id) FROM clock")
    (missed,) = oracle.rows("SELECT count(*) FROM clock WHERE missed_at IS NOT NULL AND escalates")
    figures.killed(f"worker on {engine}", WORKER_KILLS)
    figures.record(
        f"{WORKER_KILLS} kills of the worker", engine, f"{verdict}; {missed[0]} clocks run out, {raised[0]} escalations"
    )
    assert verdict.is_clean, verdict
    assert (*raised, *named) == (raised[0], raised[0], raised[0], missed[0])
    assert missed != (0,)


def test_a_killed_postgresql_loses_and_doubles_nothing(
    install: Install, durable: PrivatePostgres, figures: Figures, tmp_path: Path
) -> None:
    site = install("postgresql")
    oracle, ledger = Oracle(site), Ledger(tmp_path / "ledger")
    crowd = Crowd(site, ledger, reports=True, classes=True)
    server = site.serve()
    with crowd.at_work(crowd.sign_in()):
        for _ in range(POSTGRES_KILLS):
            moment(1.0)
            durable.kill()
            durable.start()
        site.await_ready()
        time.sleep(1)
    site.kill(server)
    settle(site, oracle)
    verdict = oracle.judge(ledger)
    figures.killed("PostgreSQL, all its processes", POSTGRES_KILLS)
    figures.record(f"{POSTGRES_KILLS} kills of PostgreSQL", "postgresql", verdict)
    assert verdict.is_clean, verdict
    assert verdict.repeated > 0
