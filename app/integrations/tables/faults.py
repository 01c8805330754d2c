"""What is wrong with a table, a row or a cell: a code and a place, with a text that quotes nothing of the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.core.problems import Text

FAULTS: Final[dict[str, Text]] = {}
NO_CHOICES: Final[Mapping[str, Sequence[int]]] = MappingProxyType({})


def define_fault(code: str, vi: str, en: str) -> str:
    """A fault of a table, in the catalogue from then on; `{limit}` and `{other}` in its texts are filled in."""
    if code in FAULTS:
        raise LookupError(f"the fault {code} is defined twice")
    FAULTS[code] = Text(vi, en)
    return code


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a row: `column` is the name of a declared column, `other` the number of another row.

    `other_upload` is the id of another upload of the unit that it is about.

    `records` are the codes of records that it is about. `proposal` is what the cell may have meant: only the document
    of errors shows it.
    """

    code: str
    column: str | None = None
    limit: int | None = None
    other: int | None = None
    other_upload: UUID | None = None
    records: tuple[str, ...] = ()
    proposal: str | None = field(default=None, repr=False)


class TableError(Exception):
    """The file cannot be read as a table at all, or not beyond the row `row`. `columns` are names of declared ones.

    `choices` has the places of the head at which each of these columns may stand.
    """

    def __init__(
        self,
        code: str,
        *,
        row: int | None = None,
        limit: int | None = None,
        columns: tuple[str, ...] = (),
        choices: Mapping[str, Sequence[int]] = NO_CHOICES,
    ) -> None:
        super().__init__(code)
        self.choices = choices
        self.code = code
        self.row = row
        self.limit = limit
        self.columns = columns


def text_of(code: str, limit: int | None = None, other: int | None = None) -> Text:
    """The text of a fault with what it names filled in."""
    text = FAULTS[code]
    return Text(text.vi.format(limit=limit, other=other), text.en.format(limit=limit, other=other))


EMPTY_FILE = define_fault("empty_file", "Tệp trống", "The file is empty")
NOT_UTF8 = define_fault(
    "not_utf8",
    "Tệp không ở bảng mã UTF-8; hãy lưu lại dạng “CSV UTF-8”",
    "The file is not in UTF-8; save it as “CSV UTF-8”",
)
TCVN3_FILE = define_fault(
    "tcvn3_file",
    "Tệp dùng bảng mã TCVN3 (ABC); hãy chuyển sang Unicode rồi tải lại",
    "The file uses TCVN3 (ABC); convert it to Unicode and upload it again",
)
VNI_FILE = define_fault(
    "vni_file",
    "Tệp dùng bảng mã VNI; hãy chuyển sang Unicode rồi tải lại",
    "The file uses VNI; convert it to Unicode and upload it again",
)
MIXED_ENCODING = define_fault(
    "mixed_encoding",
    "Tệp trộn nhiều bảng mã: từ dòng này trở đi không còn là UTF-8",
    "The file mixes encodings: from this row on it is no longer UTF-8",
)
NUL_IN_FILE = define_fault("nul_in_file", "Tệp có ký tự NUL nên không phải là bảng", "The file has NUL characters")
UNCLOSED_QUOTE = define_fault(
    "unclosed_quote",
    "Dấu ngoặc kép mở ở dòng này không được đóng",
    "A quotation mark that opens in this row is never closed",
)
ROW_TOO_LONG = define_fault(
    "row_too_long",
    "Dòng dài quá {limit} byte; có thể một dấu ngoặc kép không được đóng",
    "The row has more than {limit} bytes; perhaps a quotation mark is never closed",
)
TOO_MANY_COLUMNS = define_fault(
    "too_many_columns", "Bảng có quá {limit} cột", "The table has more than {limit} columns"
)
TOO_MANY_ROWS = define_fault("too_many_rows", "Bảng có quá {limit} dòng", "The table has more than {limit} rows")
HEAD_NOT_FOUND = define_fault(
    "head_not_found",
    "Không tìm thấy dòng tiêu đề trong {limit} dòng đầu",
    "No head is found in the first {limit} rows",
)
COLUMNS_MISSING = define_fault("columns_missing", "Tiêu đề thiếu cột bắt buộc", "The head lacks required columns")
COLUMN_TWICE = define_fault("column_twice", "Tiêu đề có hai cột cùng nghĩa", "The head names one column twice")
MAPPED_PLACE_EMPTY = define_fault(
    "mapped_place_empty",
    "Ở cột đã chỉ định không có tiêu đề nào",
    "No head stands at the place that the mapping names",
)
NO_ROWS = define_fault("no_rows", "Dưới tiêu đề không có dòng nào", "There is no row below the head")

BAD_QUOTES = define_fault(
    "bad_quotes", "Dấu ngoặc kép trong dòng đặt sai chỗ", "A quotation mark in the row stands in a wrong place"
)
TOO_MANY_CELLS = define_fault("too_many_cells", "Dòng có nhiều ô hơn tiêu đề", "The row has more cells than the head")
CELL_TOO_LONG = define_fault("cell_too_long", "Ô dài quá {limit} ký tự", "The cell has more than {limit} characters")
REQUIRED = define_fault("required", "Ô này không được để trống", "The cell must not be empty")
TCVN3_TEXT = define_fault("tcvn3_text", "Chữ gõ bằng bảng mã TCVN3 (ABC)", "The text is in TCVN3 (ABC)")
VNI_TEXT = define_fault("vni_text", "Chữ gõ bằng bảng mã VNI", "The text is in VNI")
FORMULA = define_fault("formula", "Ô là công thức, không phải giá trị", "The cell is a formula, no value")
NOT_TEXT = define_fault("not_text", "Ô phải là chữ", "The cell must be text")
UNKNOWN_CODE = define_fault(
    "unknown_code", "Giá trị không có trong danh mục của cột", "The value is not in the column's list"
)
NOT_A_DATE = define_fault("not_a_date", "Không phải ngày dạng dd/mm/yyyy", "It is no date in the form dd/mm/yyyy")
TWO_DIGIT_YEAR = define_fault("two_digit_year", "Năm phải đủ bốn chữ số", "The year must have four digits")
DATE_SERIAL = define_fault(
    "date_serial", "Ô là số thứ tự ngày của Excel", "The cell has the serial number of a day in Excel"
)
DATE_OUT_OF_RANGE = define_fault("date_out_of_range", "Ngày ngoài khoảng hợp lý", "The date is out of range")
DATE_IN_FUTURE = define_fault("date_in_future", "Ngày ở tương lai", "The day lies in the future")
NOT_A_NUMBER = define_fault("not_a_number", "Không phải số nguyên", "It is no whole number")
NUMBER_TOO_SMALL = define_fault("number_too_small", "Số phải từ {limit} trở lên", "The number must be at least {limit}")
NUMBER_TOO_LARGE = define_fault(
    "number_too_large", "Số phải từ {limit} trở xuống", "The number must be at most {limit}"
)
NOT_A_PHONE = define_fault("not_a_phone", "Không phải số điện thoại", "It is no telephone number")
LOST_ZEROS = define_fault(
    "lost_zeros",
    "Mã thiếu số 0 ở đầu, cần đủ {limit} chữ số",
    "The number lost its leading zeros: it needs {limit} digits",
)
NOT_AN_IDENTIFIER = define_fault("not_an_identifier", "Mã không đúng dạng", "The identifier has a wrong form")
ROUNDED_NUMBER = define_fault(
    "rounded_number", "Mã bị bảng tính làm tròn, hãy nhập lại dạng chữ", "The spreadsheet rounded the identifier"
)
NOT_AN_OBJECT = define_fault(
    "not_an_object", "Dòng không phải đối tượng JSON hợp lệ", "The line is not a valid JSON object"
)
UNKNOWN_MEMBER = define_fault(
    "unknown_member", "Đối tượng có thành viên không phải cột của bảng", "The object has a member that is no column"
)
