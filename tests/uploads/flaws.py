"""Flaws of rows, and how the error workbook alone mends each. All invented."""

from dataclasses import dataclass
from typing import Final, Literal

How = Literal["proposal", "cell", "row"]
HEAD: Final = (
    "Mã lớp", "Mã định danh Bộ GD&ĐT", "Họ và tên", "Ngày sinh", "Giới tính", "Dân tộc", "Số ĐDCN", "Số hộ chiếu",
    "Ngày trạng thái",
)  # fmt: skip
SOUND: Final = ("6A1", "", "Lê Thị Ân (mẫu)", "01/02/2015", "Nữ", "Kinh", "", "", "")
SAID: Final = {
    "proposal": ("theo gợi ý", "by the proposal"),
    "cell": ("bỏ trống ô, đếm lại", "the cell is left out and counted"),
    "row": ("bỏ dòng, đếm lại", "the row is left out and counted"),
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell of a row that is sound otherwise, the code of its fault, and how it is mended.

    `beyond` is a cell to the right of the head.
    """

    name: str
    code: str
    how: How
    head: str = ""
    cell: str = ""
    beyond: str = ""

    def row(self, number: int) -> list[str]:
        cells = dict(zip(HEAD, SOUND, strict=True)) | {"Mã định danh Bộ GD&ĐT": f"{number:010}"}
        if self.head:
            cells[self.head] = self.cell
        return [*cells.values(), self.beyond] if self.beyond else list(cells.values())


FLAWS: Final = (
    Flaw("A number that lost its leading zeros", "lost_zeros", "proposal", "Số ĐDCN", "11"),
    Flaw("The serial number of a day", "date_serial", "proposal", "Ngày sinh", "42036"),
    Flaw("A year of two digits", "two_digit_year", "proposal", "Ngày sinh", "01/02/15"),
    Flaw("A name in TCVN3", "tcvn3_text", "proposal", "Họ và tên", "NguyÔn V¨n B×nh"),
    Flaw("A name in VNI", "vni_text", "proposal", "Họ và tên", "Nguyeãn Vaên Bình"),
    Flaw("A number that a spreadsheet rounded", "rounded_number", "cell", "Số ĐDCN", "1.23E+11"),
    Flaw("A number with letters", "not_an_identifier", "cell", "Số ĐDCN", "không có"),
    Flaw("A word of no list, where the cell may be empty", "unknown_code", "cell", "Dân tộc", "không rõ lắm"),
    Flaw("A day that there is not, where the cell may be empty", "not_a_date", "cell", "Ngày trạng thái", "31/02/2026"),
    Flaw("A number that is too long", "cell_too_long", "cell", "Số hộ chiếu", "A" * 40),
    Flaw("A word of no list in a required column", "unknown_code", "row", "Giới tính", "khác gì"),
    Flaw("A day that there is not in a required column", "not_a_date", "row", "Ngày sinh", "31/02/2015"),
    Flaw("A day ahead", "date_in_future", "row", "Ngày sinh", "01/01/2099"),
    Flaw("A required cell that is empty", "required", "row", "Họ và tên"),
    Flaw("A formula for a name", "formula", "row", "Họ và tên", "=A1"),
    Flaw("A class that the unit has not", "unknown_class", "cell", "Mã lớp", "9Z9"),
    Flaw("A value beyond the head", "too_many_cells", "row", beyond="thừa"),
)
