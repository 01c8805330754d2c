"""CSV as clerks and their programs write it. All names are invented."""

import pytest

from app.integrations.tables.decoding import Encoding
from app.integrations.tables.delimited import MOST_ROW_BYTES, Dialect
from app.integrations.tables.faults import TableError
from app.integrations.tables.rows import MOST_COLUMNS, Row
from tests.integrations.tables.samples import opened, read_all

COMMA = Dialect(Encoding("utf-8"), ",")
TABLE = "Họ và tên;Ngày sinh\nTrần Thị Bịa;01/02/2015\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_each_encoding_delimiter_and_line_break_gives_the_same_rows(
    codec: str, delimiter: str, line_break: str
) -> None:
    content = TABLE.replace(";", delimiter).replace("\n", line_break).encode(codec)
    (row,) = read_all(content)
    assert (row.number, row.values["name"], row.faults) == (2, "Trần Thị Bịa", ())


def test_the_delimiter_is_the_one_by_which_the_head_is_known() -> None:
    content = "a,b,c,d,e\nHọ và tên;Ngày sinh\nBịa, Trần Thị;01/02/2015\n".encode()
    assert opened(content)[0].delimiter == ";"
    assert read_all(content)[0].values["name"] == "Bịa, Trần Thị"


@pytest.mark.parametrize("size", range(1, 60))
def test_parts_of_any_size_give_the_rows_of_the_whole(size: int) -> None:
    content = 'a,"x\r\ny"\r\n\r\n"q""uo,te",é\r\nb,c'.encode()
    whole = COMMA.window(content, 1, is_last=True).rows
    rows, at, end = list[Row](), 0, size
    while at < len(content):
        window = COMMA.window(content[at:end], 1 + len(rows), is_last=end >= len(content))
        rows += window.rows
        at, end = at + window.consumed, end + size
    assert rows == whole
    assert [row.cells for row in whole] == [["a", "x\r\ny"], [], ['q"uo,te', "é"], ["b", "c"]]


def test_blank_rows_count_as_a_spreadsheet_counts_them() -> None:
    rows = read_all("\nHọ và tên,Ngày sinh\n\nA,01/02/2015\n ,\u00a0\nB,01/02/2015\n".encode())
    assert [(row.number, row.is_blank) for row in rows] == [(3, True), (4, False), (5, True), (6, False)]


def test_a_misplaced_quote_refuses_its_row_alone() -> None:
    rows = read_all('Họ và tên,Ngày sinh\n"A"b,01/02/2015\nC,01/02/2015\n'.encode())
    assert [[fault.code for fault in row.faults] for row in rows] == [["bad_quotes"], []]


def test_a_quote_within_a_name_is_a_character_of_it() -> None:
    (row,) = read_all('Họ và tên,Ngày sinh\nTrần "Tí" Bịa,01/02/2015\n'.encode())
    assert row.values["name"] == 'Trần "Tí" Bịa'


def refused(content: bytes) -> TableError:
    with pytest.raises(TableError) as caught:
        read_all(content)
    return caught.value


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        (b"", "empty_file", None),
        ('Họ và tên,Ngày sinh\nA,01/02/2015\n"B,01/02/2015\nC,'.encode(), "unclosed_quote", 3),
        ("Họ và tên,Ngày sinh\nA\0,01/02/2015\n".encode(), "nul_in_file", 2),
        ("Họ và tên,Ngày sinh\nA,1\n".encode() + "NguyÔn,2\n".encode("latin-1"), "mixed_encoding", 3),
        ("Hä vµ tªn,Ngµy sinh\nNguyÔn V¨n Tµ,01/02/2015\n".encode("latin-1"), "tcvn3_file", 1),
        ("Hoï vaø teân,Ngaøy sinh\nNguyeãn Vaên Taù,01/02/2015\n".encode("latin-1"), "vni_file", 1),
        ("Họ và tên,Ngày sinh\n".encode("utf-32"), "nul_in_file", 1),
        ("Hä vµ tªn,Ngµy sinh\nNguyÔn V¨n Tµ,01/02/2015\n".encode(), "tcvn3_file", None),
        (b"," * MOST_COLUMNS + b"\n", "too_many_columns", 1),
    ],
)
def test_a_file_that_cannot_be_read_on_says_where(content: bytes, code: str, row: int | None) -> None:
    error = refused(content)
    assert (error.code, error.row) == (code, row)


def test_a_row_beyond_the_limit_is_refused_and_not_cut() -> None:
    with pytest.raises(TableError) as caught:
        COMMA.window(b'"' + b"x" * MOST_ROW_BYTES, 7, is_last=False)
    assert (caught.value.code, caught.value.row, caught.value.limit) == ("row_too_long", 7, MOST_ROW_BYTES)
