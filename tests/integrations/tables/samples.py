"""A table of invented children, and ways to read it."""

from collections.abc import Mapping
from typing import Final

from app.core.problems import Text
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.delimited import Dialect
from app.integrations.tables.heads import Head
from app.integrations.tables.kinds import CodeOf, Day, Identifier, PhoneNumber, Whole, Words
from app.integrations.tables.reading import TypedRow, TypedRows, find_dialect, find_table_head

COLUMNS: Final = Columns(
    (
        Column("code", Text("Mã học sinh", "Learner code"), Identifier(), aliases=("Mã định danh Bộ GD&ĐT",)),
        Column("name", Text("Họ và tên", "Full name"), Words(50), is_required=True, aliases=("Họ tên",)),
        Column("born", Text("Ngày sinh", "Date of birth"), Day(), is_required=True),
        Column("sex", Text("Giới tính", "Sex"), CodeOf("sex", also=(("01", "male"), ("02", "female")))),
        Column("number", Text("Số định danh cá nhân", "Personal number"), Identifier(digits=12), aliases=("Số ĐDCN",)),
        Column("phone", Text("SĐT liên hệ", "Phone"), PhoneNumber()),
        Column("brothers", Text("Số anh em", "Brothers"), Whole(0, 20)),
        Column("place", Text("Tỉnh/Thành phố", "Province"), Words()),
    )
)
LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    "sex": {"male": "male", "female": "female", "nam": "male", "nu": "female"}
}
HEAD: Final = "Họ và tên,Ngày sinh"


def opened(content: bytes) -> tuple[Dialect, Head]:
    dialect = find_dialect(content, COLUMNS, is_all=True)
    rows = dialect.window(content[dialect.encoding.mark :], 1, is_last=True).rows
    return dialect, find_table_head(rows, COLUMNS)


def read_all(content: bytes) -> list[TypedRow]:
    """Every row below the head of a CSV."""
    dialect, head = opened(content)
    rows = dialect.window(content[dialect.encoding.mark :], 1, is_last=True).rows
    typed = TypedRows(head, COLUMNS, LISTS)
    return [typed.read(row) for row in rows if row.number > head.last]


def read_cell(head: str, cell: str) -> TypedRow:
    """The row of a table with one more column beside the required ones."""
    quoted = '"' + cell.replace('"', '""') + '"'
    (row,) = read_all(f"{HEAD},{head}\nTrần Thị Bịa,01/02/2015,{quoted}\n".encode())
    return row
