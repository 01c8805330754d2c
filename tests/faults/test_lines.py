"""A slow, silent or cut line to PostgreSQL: unknown outcomes are settled by the key, and no answer is a 500."""

import random
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.faults.conftest import SCALE, Install
from tests.faults.crowd import Crowd
from tests.faults.figures import Figures
from tests.faults.ledger import Ledger
from tests.faults.oracle import Oracle
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.faults
CUTS = 300 * SCALE
# Shorter than the silence of a line, so that it is noticed.
WAITS = {"ATHD_DATABASE_LOCK_S": "5", "ATHD_DATABASE_STATEMENT_S": "5", "ATHD_DATABASE_CONNECTION_S": "5"}


def through(proxy: Proxy, url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}"))


def test_cut_slow_and_silent_lines_lose_and_double_nothing(install: Install, figures: Figures, tmp_path: Path) -> None:
    site = install("postgresql")
    assert site.database is not None
    oracle, ledger = Oracle(site), Ledger(tmp_path / "ledger")
    crowd = Crowd(site, ledger)
    with Proxy(urlsplit(site.database.admin_url).port or 0) as proxy:
        site.settings["ATHD_DATABASE_URL"] = through(proxy, site.database.application_url)
        site.settings |= WAITS
        server = site.serve()
        with crowd.at_work(crowd.sign_in()):
            proxy.cut_at_commit = 0.2
            while proxy.cuts < CUTS:
                time.sleep(random.uniform(0.1, 0.5))
                proxy.cut()
            proxy.cut_at_commit = 0
            proxy.delay_s = 0.3
            time.sleep(6)
            proxy.delay_s = 0
            proxy.silence(8)
            before = len(ledger.acknowledged)
            time.sleep(6)
            assert len(ledger.acknowledged) > before, "it did not go on once the line was whole"
        site.kill(server)
        cuts = proxy.cuts
    for name in ("ATHD_DATABASE_URL", *WAITS):
        del site.settings[name]
    verdict = oracle.judge(ledger)
    figures.record(f"{cuts} cut lines, slow ones, silent ones", "postgresql", verdict)
    assert verdict.is_clean, verdict
    assert verdict.repeated > 0
