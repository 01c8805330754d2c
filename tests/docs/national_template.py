"""The files of the page about the national database's template: one sound, one with the flaws of real ones.

Everybody in them is invented. `python -m tests.docs.national_template` writes them.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.factories.uploads import table
from tests.factories.workbooks import workbook

Cell = str | int | None
FILES: Final = Path(__file__).parents[2] / "docs" / "files"
HEAD: Final = (
    "STT", "Mã lớp", "Mã định danh Bộ GD&ĐT", "Ngày sinh", "Giới tính", "Dân tộc", "Quốc tịch", "Tỉnh", "Huyện", "Xã",
    "Họ tên cha", "Năm sinh cha", "Họ tên mẹ", "Năm sinh mẹ", "Số ĐDCN",
)  # fmt: skip
# As schools receive it: line breaks, stars and notes in the heads.
REAL_HEAD: Final = (
    "STT", "Mã lớp (*)", "Mã định danh\nBộ GD&ĐT (*)", "Ngày sinh\n(dd/mm/yyyy)", "Giới tính\n(Nam/Nữ)", "DÂN TỘC",
    "Quốc tịch", "Tỉnh/Thành phố\n(Theo địa chỉ thường trú)", "Huyện\n(Theo địa chỉ thường trú)",
    "Xã/Phường\n(Theo địa chỉ thường trú)", "Họ tên cha", "Năm sinh cha", "Họ tên mẹ", "Năm sinh mẹ", "Số ĐDCN",
)  # fmt: skip
ABOVE: Final = (("TRƯỜNG THCS VÍ DỤ (MẪU)",), ("DANH SÁCH ĐỐI CHIẾU, NĂM HỌC 2026 – 2027",), ())
NAMES: Final = (
    "Lê Thị Ân", "Trần Văn Bảo", "Thạch Thị Chanh", "Nguyễn Văn Dũng", "Phạm Thị Em", "Võ Văn Giàu", "Hồ Thị Hương",
    "Kim Văn Khánh", "Lý Thị Lan", "Bùi Văn Mẫn", "Đỗ Thị Ngân", "Huỳnh Văn Oai",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell of a pupil's row as real files have it. Without a `code` it is read all the same.

    `mended` is what the clerk enters; None: what the error workbook proposes.
    """

    pupil: int
    column: str
    cell: Cell
    said: str
    code: str | None = None
    mended: str | None = None


FLAWS: Final = (
    Flaw(1, "Ngày sinh", 42036, "The serial number of a day, in a cell that is no date"),
    Flaw(2, "Số ĐDCN", 102, "A number that lost its leading zeros", "lost_zeros"),
    Flaw(3, "Ngày sinh", "42066", "The serial number of a day as text", "date_serial"),
    Flaw(4, "Ngày sinh", "04/02/15", "A year of two digits", "two_digit_year"),
    Flaw(5, "Giới tính", " NỮ", "Capitals and spaces"),
    Flaw(6, "Dân tộc", "Kinh (Việt)", "A word that the list does not have", "unknown_code", "Kinh"),
    Flaw(7, "Số ĐDCN", "1.07E+02", "A number that a spreadsheet rounded", "rounded_number", "000000000107"),
    Flaw(8, "Mã định danh Bộ GD&ĐT", 8, "A code of the ministry without its zeros", "unknown_learner", "0000000008"),
    Flaw(9, "Mã lớp", "6A9", "A class that the school does not have", "unknown_class", "6A2"),
    Flaw(11, "Dân tộc", unicodedata.normalize("NFD", "Khơ-me"), "Decomposed Unicode (NFD)"),
    Flaw(11, "Số ĐDCN", "'000000000111", "An apostrophe before a number"),
    Flaw(12, "Ngày sinh", "31/11/2015", "A day that does not exist", "not_a_date", "12/02/2015"),
    Flaw(12, "Họ tên cha", "NguyÔn V¨n B×nh", "TCVN3 in a column that is not read"),
)
TWICE: Final = 10
SEX: Final = ("Nam", "Nữ")


def pupil(number: int) -> list[Cell]:
    """A sound row. Its numbers belong to nobody: they begin with zeros."""
    people = ("Khơ-me" if number in {3, 11} else "Kinh"), "Việt Nam"
    home = "Tỉnh Vĩnh Long", None, "Xã Ví Dụ"
    parents = f"Cha Mẫu {number}", 1985, f"Mẹ Mẫu {number}", 1987
    known = _class(number), f"{number:010}", _birthday(number), SEX[number % 2], *people
    return [number, *known, *home, *parents, f"{100 + number:012}"]


def _class(number: int) -> str:
    return "6A1" if number <= len(NAMES) // 2 else "6A2"


def _birthday(number: int) -> str:
    return f"{number:02}/0{3 if number == 3 else 2}/2015"


def sound() -> list[Sequence[Cell]]:
    return [HEAD, *(pupil(number) for number in range(1, len(NAMES) + 1))]


def flawed() -> list[Sequence[Cell]]:
    """With a title, a row of numbers below the head, a blank row, flaws, and one pupil twice."""
    rows: list[Sequence[Cell]] = [*ABOVE, REAL_HEAD, [str(at) for at in range(1, len(HEAD) + 1)]]
    for number in range(1, len(NAMES) + 1):
        row = pupil(number)
        for flaw in FLAWS:
            if flaw.pupil == number:
                row[HEAD.index(flaw.column)] = flaw.cell
        rows += [row, ()] if number == len(NAMES) // 2 else [row]
    return [*rows, pupil(TWICE)]


def roll() -> bytes:
    rows = (f"{_class(at)},{at:010},{name} (mẫu),{_birthday(at)},{SEX[at % 2]}" for at, name in enumerate(NAMES, 1))
    return table("Mã lớp,Mã định danh,Họ và tên,Ngày sinh,Giới tính", *rows)


def classes() -> bytes:
    return table("Mã lớp,Tên lớp,Khối,Cấp học", "6A1,Lớp 6A1,6,THCS", "6A2,Lớp 6A2,6,THCS")


def files() -> dict[str, bytes]:
    return {
        "national-classes.csv": classes(),
        "national-roll.csv": roll(),
        "national-template.xlsx": workbook(sound()),
        "national-template-flaws.xlsx": workbook(flawed()),
    }


def flaws_table() -> str:
    """For the page."""
    head = ["| Pupil | Column | What is there | `code` | How it is mended |", "|---|---|---|---|---|"]
    rows = (
        f"| {flaw.pupil} | {flaw.column} | {flaw.said} | {f'`{flaw.code}`' if flaw.code else '–'} | {_how(flaw)} |"
        for flaw in FLAWS
    )
    twice = f"| {TWICE} | – | The same pupil again in the last row | `repeated_key` in both | one of both is deleted |"
    return "\n".join([*head, *rows, twice])


def _how(flaw: Flaw) -> str:
    if flaw.code is None:
        return "not needed: it is read"
    return "by the proposal" if flaw.mended is None else f"by the clerk: `{flaw.mended}`"


if __name__ == "__main__":
    FILES.mkdir(exist_ok=True)
    for name, content in files().items():
        (FILES / name).write_bytes(content)
