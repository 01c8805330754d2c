"""The first answer waits for no library that it does not need."""

import subprocess
import sys

import pytest

HEAVY = frozenset(
    {
        "PIL",
        "alembic",
        "altcha",
        "holidays",
        "httpx",
        "mako",
        "phonenumbers",
        "pi_heif",
        "pygments",
        "rich",
        "segno",
        "typst",
        "zxcvbn",
    }
)
LOADED = "import sys; import {}; print(*sys.modules)"


@pytest.mark.parametrize("module", ["app.main", "app.cli, app.main, app.api.http.http_protocol, uvicorn"])
def test_what_the_first_answer_does_not_need_is_not_loaded(module: str) -> None:
    run = subprocess.run([sys.executable, "-c", LOADED.format(module)], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert {"app.main", "structlog"} <= loaded
    assert loaded & HEAVY == set()
