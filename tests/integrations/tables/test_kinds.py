"""Cells of each kind: what they mean, and every fault by its code. All values are invented."""

from datetime import date

import pytest

from app.integrations.tables.kinds import CellError, Day, Identifier, PhoneNumber, Whole, Words
from app.integrations.tables.rows import Cell
from tests.integrations.tables.samples import LISTS, read_all, read_cell


@pytest.mark.parametrize(
    ("head", "cell", "column", "value"),
    [
        ("Giới tính", "Nam", "sex", "male"),
        ("Giới tính", " NỮ ", "sex", "female"),
        ("Giới tính", "nu", "sex", "female"),
        ("Giới tính", "02", "sex", "female"),
        ("Giới tính", "male", "sex", "male"),
        ("Số ĐDCN", "083 315 000 001", "number", "083315000001"),
        ("Số ĐDCN", "'083315000001", "number", "083315000001"),
        ("Mã học sinh", "0012345678", "code", "0012345678"),
        ("SĐT liên hệ", "0912 345 678", "phone", "+84912345678"),
        ("Số anh em", "3", "brothers", 3),
        ("Số anh em", "3.0", "brothers", 3),
        ("Tỉnh/Thành phố", "  Vi\u0303nh   Long ", "place", "Vĩnh Long"),
    ],
)
def test_a_cell_has_one_value_however_it_is_written(head: str, cell: str, column: str, value: object) -> None:
    row = read_cell(head, cell)
    assert (row.values[column], row.faults) == (value, ())


@pytest.mark.parametrize(
    ("head", "cell", "code", "proposal"),
    [
        ("Giới tính", "khác", "unknown_code", None),
        ("Số ĐDCN", "83315000001", "lost_zeros", "083315000001"),
        ("Số ĐDCN", "8.33E+10", "rounded_number", None),
        ("Số ĐDCN", "08331500000X", "not_an_identifier", None),
        ("Số ĐDCN", "0833150000011", "not_an_identifier", None),
        ("Mã học sinh", "1" * 33, "cell_too_long", None),
        ("SĐT liên hệ", "912345678", "not_a_phone", "0912 345 678"),
        ("SĐT liên hệ", "mẹ: hỏi cô", "not_a_phone", None),
        ("SĐT liên hệ", "0912345678 / 0912345679", "not_a_phone", None),
        ("Số anh em", "ba", "not_a_number", None),
        ("Số anh em", "2.5", "not_a_number", None),
        ("Số anh em", "-1", "number_too_small", None),
        ("Số anh em", "99", "number_too_large", None),
        ("Tỉnh/Thành phố", "=1+1", "formula", None),
        ("Tỉnh/Thành phố", "NguyÔn V¨n Tµ", "tcvn3_text", "Nguyễn Văn Tà"),
        ("Tỉnh/Thành phố", "Nguyeãn Vaên Taù", "vni_text", "Nguyễn Văn Tá"),
        ("Tỉnh/Thành phố", "x" * 4001, "cell_too_long", None),
    ],
)
def test_a_wrong_cell_has_a_code_and_perhaps_a_proposal(head: str, cell: str, code: str, proposal: str | None) -> None:
    (fault,) = read_cell(head, cell).faults
    assert (fault.code, fault.proposal) == (code, proposal)


@pytest.mark.parametrize("said", ["05/03/2015", "5/3/2015", "05-03-2015", "05.03.2015", "2015-03-05"])
def test_a_date_is_day_first_or_iso(said: str) -> None:
    assert Day().read(said, LISTS) == date(2015, 3, 5)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("05/03/15", "two_digit_year"),
        ("31/02/2015", "not_a_date"),
        ("12/31/2015", "not_a_date"),
        ("42068", "date_serial"),
        ("2015", "not_a_date"),
        ("01/01/1899", "date_out_of_range"),
        ("01/01/2999", "date_in_future"),
        (True, "not_a_date"),
        (10.0**9, "not_a_date"),
    ],
)
def test_what_is_no_date(said: Cell, code: str) -> None:
    with pytest.raises(CellError) as caught:
        Day().read(said, LISTS)
    assert caught.value.code == code


def test_a_number_of_a_spreadsheet_is_a_day_in_a_column_of_dates_alone() -> None:
    assert Day().read(42068.0, LISTS) == date(2015, 3, 5)
    assert Words().read(42068.0, LISTS) == "42068"
    assert Identifier().read(42068.0, LISTS) == "42068"
    assert Whole().read(42068.0, LISTS) == 42068


def test_a_number_that_a_spreadsheet_rounded_is_no_identifier() -> None:
    with pytest.raises(CellError, match="rounded_number"):
        Identifier().read(1.2345678901234567e18, LISTS)


def test_a_number_of_a_spreadsheet_is_no_whole_telephone_number() -> None:
    with pytest.raises(CellError) as caught:
        PhoneNumber().read(912345678.0, LISTS)
    assert caught.value.proposal == "0912 345 678"


@pytest.mark.parametrize(
    "name", ["Nguyễn Thị Ánh Nguyệt", "Đặng Hoàng Yến", "Y Ngông Niê Kdăm", "Müller", "Trần Quý Ðôn"]
)
def test_names_in_unicode_are_in_no_old_font(name: str) -> None:
    assert not read_cell("Tỉnh/Thành phố", name).faults
    assert not read_cell("Tỉnh/Thành phố", name.upper()).faults


def test_every_fault_of_a_row_is_found_at_once() -> None:
    content = "Họ và tên,Ngày sinh,Giới tính,Số anh em\n,31/02/2015,khác,ba,thừa\n".encode()
    (row,) = read_all(content)
    assert [(fault.column, fault.code) for fault in row.faults] == [
        (None, "too_many_cells"),
        ("name", "required"),
        ("born", "not_a_date"),
        ("sex", "unknown_code"),
        ("brothers", "not_a_number"),
    ]


def test_no_fault_shows_a_cell() -> None:
    (fault,) = read_cell("Số ĐDCN", "83315000001").faults
    assert "83315000001" not in repr(fault)
