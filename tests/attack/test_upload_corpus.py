"""Hostile and odd files of rows over HTTP: each is answered with a code or becomes an upload whose fates add up."""

import resource

import pytest

from app.integrations.tables.workbook_child import MEMORY_BYTES
from tests import conftest
from tests.factories.http import ok
from tests.factories.units import StaffedUnit
from tests.factories.uploads import UPLOADS_PATH, fates, list_errors, run_uploads, send_file
from tests.uploads.corpus.judged import CORPUS, judged, known

pytestmark = pytest.mark.attack
CHOSEN = dict(list(CORPUS.items())[:: conftest.SHARE])
ENDED = {"checked", "refused"}
MIB = 1024 * 1024
# Faults of a longer list are on more pages.
PAGE = 500


async def test_every_file_has_its_outcome_within_the_memory_of_a_child() -> None:
    found = {name: await judged(made()) for name, made in CHOSEN.items()}
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"{len(found)} files; most memory of a child: {child // 1024} MiB of {MEMORY_BYTES // MIB}")
    outcomes = known()
    assert found == {name: outcomes[name] for name in found}
    assert child * 1024 <= MEMORY_BYTES


async def test_every_file_is_answered_with_a_code_or_is_an_upload_whose_fates_add_up(school: StaffedUnit) -> None:
    outcomes = known()
    for name, made in CHOSEN.items():
        assert await answered(school, made()) == expected(outcomes[name]), name


def expected(outcome: str) -> str:
    """What becomes of the rows is left to the other tests."""
    return outcome if not outcome.startswith("rows") else "rows"


async def answered(school: StaffedUnit, content: bytes) -> str:
    response = await send_file(school.officer, content, "learners", dry_run=True)
    if response.status_code >= 400:
        problem = response.json()
        assert response.status_code < 500, problem
        return f"file {problem['fault']}" if problem["code"] == "workbook_refused" else f"problem {problem['code']}"
    await run_uploads(school.officer)
    done = ok(await school.officer.get(f"{UPLOADS_PATH}/{ok(response, 202)['id']}"))
    assert done["state"] in ENDED
    if done["fault"] and done["fault"]["code"] != "no_rows":
        return f"file {done['fault']['code']}"
    assert sum(fates(done).values()) == done["rows"]["read"]
    errors = await list_errors(school.officer, done)
    if len(errors) < PAGE:
        assert len({row for row, _, _ in errors}) == done["rows"]["refused"]
    return "rows"
