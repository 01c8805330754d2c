"""A file with flaws comes through after one round with its error workbook alone. All invented."""

import re
from typing import Any

from tests.factories.units import StaffedUnit
from tests.factories.uploads import UPLOADS_PATH, fates, list_errors, read_error_workbook, table, upload
from tests.factories.workbooks import members_of, sheets_of, workbook
from tests.uploads.flaws import FLAWS, HEAD, How

CLASSES = table("Mã lớp,Cấp học", "6A1,THCS")
FIRST_ROW = 2
SAID_COLUMNS = 3
PLACE = re.compile(r'ref="([A-Z]+)(\d+)"')


def marked(content: bytes) -> set[tuple[int, int]]:
    """The row and column of each cell with a comment, from 0."""
    found = PLACE.findall(members_of(content)["xl/comments1.xml"])
    return {(int(row) - 1, ord(column) - ord("A")) for column, row in found}


def proposals(said: str) -> dict[str, str]:
    return dict(each.split(": ", 1) for each in said.split("; ") if each)


class Mender:
    """Puts what is proposed into the marked cells, and leaves out what cannot be known."""

    def __init__(self, content: bytes) -> None:
        self.head, *self.rows = sheets_of(content)["Dữ liệu"]
        self.marks = marked(content)
        self.how: dict[int, How] = {}

    def mended(self) -> bytes:
        return workbook([self.head, *(row for at, row in enumerate(self.rows, 1) if self._mend(at, row) != "row")])

    def _mend(self, at: int, row: list[Any]) -> How:
        proposed, places = proposals(row[2]), [place for number, place in self.marks if number == at]
        how: How = "cell" if places else "row"
        for place in places:
            head = str(self.head[place])
            if (shown := head.removesuffix(" *")) in proposed:
                row[place], how = proposed[shown], "proposal"
            elif head.endswith(" *"):
                how = "row"
            else:
                row[place] = None
        self.how[int(row[1])] = how
        return how


async def test_every_flaw_is_mended_in_one_round_by_the_error_workbook_alone(school: StaffedUnit) -> None:
    await upload(school.officer, CLASSES, "classes")
    at = dict(enumerate(FLAWS, FIRST_ROW))
    body = table(*map(",".join, [HEAD, *(flaw.row(row) for row, flaw in at.items())]))
    done = await upload(school.officer, body, "learners")
    errors = await list_errors(school.officer, done)
    assert [(row, code) for row, _, code in errors] == [(row, flaw.code) for row, flaw in at.items()]
    mender = Mender(await read_error_workbook(school.officer, done))
    again = await upload(school.officer, mender.mended(), "learners")
    assert mender.how == {row: flaw.how for row, flaw in at.items()}
    assert fates(again) == {"created": sum(1 for flaw in FLAWS if flaw.how != "row")}, await list_errors(
        school.officer, again
    )


async def test_what_is_mended_in_two_rounds_has_the_errors_of_the_last_alone(school: StaffedUnit) -> None:
    await upload(school.officer, CLASSES, "classes")
    body = table("Họ và tên,Ngày sinh,Giới tính,Mã lớp,Sở thích", "Lê Bịa,31/02/2015,Nam,6Z9,Vẽ (bịa)")
    done = await upload(school.officer, body, "learners")
    head, row = sheets_of(await read_error_workbook(school.officer, done))["Dữ liệu"]
    row[head.index("Ngày sinh *")] = "28/02/2015"
    again = await upload(school.officer, workbook([head, row]), "learners")
    content = await read_error_workbook(school.officer, again)
    assert sheets_of(content)["Dữ liệu"][0] == head
    said, (place,) = sheets_of(content)["Dữ liệu"][1], marked(content)
    assert (head[place[1]], said[place[1]]) == ("Mã lớp", "6Z9")
    lines = (await school.officer.get(f"{UPLOADS_PATH}/{again['id']}/errors.csv")).text.splitlines()
    assert [len(line.split(",")) for line in lines] == [len(head), len(head)]
    said[place[1]] = "6A1"
    assert fates(await upload(school.officer, workbook([head, said]), "learners")) == {"created": 1}
