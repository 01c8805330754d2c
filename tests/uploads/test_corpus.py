"""Hostile and odd files of rows: each has its outcome, which `python -m tests.uploads.corpus.judged` writes anew.

All of them arrive over HTTP in `make attack`.
"""

from app.core.problems import CATALOGUE
from app.integrations.tables.faults import FAULTS
from app.integrations.tables.workbooks import LEAST_ROWS_BYTES, MOST_ROWS_BYTES, most_rows_bytes
from tests.uploads.corpus.judged import CORPUS, judged, known

LEAST = 150
MIB = 1024 * 1024
# Each workbook needs a child.
CHEAP = [name for at, name in enumerate(CORPUS) if name.startswith("text,") or at % 8 == 0]


def test_every_file_has_an_outcome_and_a_code_where_it_is_refused() -> None:
    outcomes = known()
    assert list(outcomes) == list(CORPUS)
    assert len(CORPUS) >= LEAST
    codes = {
        kind: {said.split()[1] for said in outcomes.values() if said.startswith(kind)} for kind in ("problem", "file")
    }
    assert codes["problem"] <= CATALOGUE.keys()
    assert codes["file"] <= FAULTS.keys()


async def test_a_selection_has_the_outcome_that_is_written() -> None:
    outcomes = known()
    found = {name: await judged(CORPUS[name]()) for name in CHEAP}
    assert found == {name: outcomes[name] for name in found}


def test_what_the_rows_of_a_workbook_may_take_grows_with_the_workbook() -> None:
    assert [most_rows_bytes(size) for size in (10_000, MIB, 100 * MIB)] == [
        LEAST_ROWS_BYTES, 100 * MIB, MOST_ROWS_BYTES,
    ]  # fmt: skip
