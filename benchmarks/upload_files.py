"""Files of invented learners: as many rows as asked, no number twice, names as frequent as in a real register."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import xlsxwriter

HEAD: Final = (
    "Mã lớp,Mã định danh Bộ GD&ĐT,Số ĐDCN,Họ và tên,Ngày sinh,Giới tính,Dân tộc,Quốc tịch,Loại khuyết tật,"
    "Mã của trường,Trạng thái,Ngày trạng thái"
)
FAMILIES: Final = ("Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Vũ", "Đặng", "Đỗ")
MIDDLES: Final = ("Thị", "Văn", "Hữu", "Đức", "Ngọc", "Minh", "Thanh", "Quốc", "Thu", "Gia", "Bảo", "Khánh")
GIVEN: Final = ("An", "Bình", "Châu", "Dũng", "Hà", "Hiếu", "Hoà", "Lan", "Linh", "Mai", "Nam", "Phúc", "Quân", "Trang")
PEOPLES: Final = ("Kinh", "Kinh", "Kinh", "Tày", "Khơ-me", "Mường")
FIRST_BIRTH: Final = date(2008, 1, 1)
BIRTHS: Final = 4_000
ROWS_OF_A_CLASS: Final = 1_000
SEED: Final = 18
# Every so manieth row of the flawed workbook has a day of birth that is none.
FLAWED: Final = 10


def classes(rows: int) -> bytes:
    codes = range(rows // ROWS_OF_A_CLASS + 1)
    return "".join(["Mã lớp,Tên lớp,Khối,Cấp học\n", *(f"L{code},Lớp {code},6,THCS\n" for code in codes)]).encode()


def learners(rows: int, first: int = 0) -> Iterator[list[str]]:
    """The cells of each row, in no order of any number; the least number is `first`."""
    chance = random.Random(SEED)  # noqa: S311 — no secret
    numbers = list(range(first, first + rows))
    chance.shuffle(numbers)
    for at, number in enumerate(numbers):
        name = " ".join(map(chance.choice, (FAMILIES, MIDDLES, MIDDLES, GIVEN)))
        born = FIRST_BIRTH + timedelta(days=chance.randrange(BIRTHS))
        yield [
            f"L{at // ROWS_OF_A_CLASS}",
            f"9{number:09}",
            f"0{number:011}",
            name,
            f"{born:%d/%m/%Y}",
            chance.choice(("Nam", "Nữ")),
            chance.choice(PEOPLES),
            "Việt Nam",
            "",
            "",
            "Đang học",
            "",
        ]


def lines(rows: int, first: int = 0) -> Iterator[str]:
    yield f"{HEAD}\n"
    yield from (f"{','.join(cells)}\n" for cells in learners(rows, first))


def write_csv(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines(rows))


def write_flawed_workbook(path: Path, rows: int) -> None:
    """With a wrong day in every tenth row."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD.split(","))
    for at, cells in enumerate(learners(rows), 1):
        if at % FLAWED == 0:
            cells[4] = "31/02/2015"
        sheet.write_row(at, 0, cells)
    book.close()
