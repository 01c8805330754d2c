"""Each step of the page about the national database's template, with the files that it offers. All invented."""

import re
import shlex
from pathlib import Path
from typing import Any

from tests.docs.national_template import FILES, FLAWS, HEAD, Cell, Flaw, files, pupil
from tests.factories.http import API, list_items, ok
from tests.factories.units import StaffedUnit
from tests.factories.uploads import UPLOADS_PATH, fates, list_errors, read_error_workbook, run_uploads
from tests.factories.workbooks import sheets_of, workbook
from tests.uploads.test_mended import proposals

PAGE = Path(__file__).parents[2] / "docs" / "national-template.md"
SAID_COLUMNS = 3
CODE = SAID_COLUMNS + HEAD.index("Mã định danh Bộ GD&ĐT")


def commands() -> list[list[str]]:
    found = re.search(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    lines = re.sub(r"^#.*\n", "", found[1].replace("\\\n", ""), flags=re.MULTILINE).splitlines()
    return [shlex.split(line) for line in lines if line]


def cells(content: bytes) -> object:
    return sheets_of(content) if content.startswith(b"PK") else content


def mended(content: bytes) -> bytes:
    """By the proposals; by the clerk who knows the right value; of a pupil who stands there twice, once."""
    head, *rows = sheets_of(content)["Dữ liệu"]
    heads, seen, mended_rows = [str(each).removesuffix(" *") for each in head], set[str](), list[list[Any]]()
    by_hand = {str(_code_of(flaw)): flaw for flaw in FLAWS if flaw.mended is not None}
    for row in rows:
        code = str(row[CODE]).removesuffix(".0")
        for shown, proposed in proposals(row[2]).items():
            row[heads.index(shown)] = proposed
        if code in by_hand:
            row[SAID_COLUMNS + HEAD.index(by_hand[code].column)] = by_hand[code].mended
        if code not in seen:
            mended_rows.append(row)
        seen.add(code)
    return workbook([head, *mended_rows])


def _code_of(flaw: Flaw) -> Cell:
    """The ministry's code that stands in the row of the flaw."""
    return flaw.cell if flaw.code == "unknown_learner" else pupil(flaw.pupil)[HEAD.index("Mã định danh Bộ GD&ĐT")]


def test_the_files_are_those_that_the_tests_make() -> None:
    """If not: python -m tests.docs.national_template."""
    for name, content in files().items():
        assert cells((FILES / name).read_bytes()) == cells(content), name


async def test_each_step_is_answered_as_the_page_says(school: StaffedUnit) -> None:
    bodies, found = {f"@{name}": (FILES / name).read_bytes() for name in files()}, list[dict[str, int]]()
    done: dict[str, Any] = {}
    for words in commands():
        (address,) = [word for word in words if word.startswith("$API")]
        if "POST" not in words:
            assert address == "$API/uploads/$ID/errors.xlsx"
            errors = {(row, code) for row, _, code in await list_errors(school.officer, done)}
            wrong = [flaw.code for flaw in FLAWS if flaw.code is not None]
            assert sorted(code for _, code in errors) == sorted([*wrong, "repeated_key", "repeated_key"])
            bodies["@loi.xlsx"] = mended(await read_error_workbook(school.officer, done))
            continue
        body = bodies[words[words.index("--data-binary") + 1]]
        headers = dict(each.split(": ", 1) for each in words if each.startswith("Content-Type"))
        path = address.replace("$API", API)
        done = ok(await school.officer.call("POST", path, content=body, headers=headers), 202)
        await run_uploads(school.officer)
        done = ok(await school.officer.get(f"{UPLOADS_PATH}/{done['id']}"))
        found.append(fates(done))
    assert found == [
        {"created": 2},
        {"created": 12},
        {"updated": 3, "refused": 10, "skipped": 1, "blank": 1},
        {"updated": 9},
        {"same": 12},
    ], await list_errors(school.officer, done)
    assert done["unknown_columns"] == ["A", "H", "I", "J", "K", "L", "M", "N"]
    assert len(await list_items(school.officer, "learners")) == 12
