"""Heads as templates and exports have them."""

import pytest

from app.integrations.tables.faults import TableError
from tests.integrations.tables.samples import opened, read_all


@pytest.mark.parametrize(
    "head",
    [
        "Họ và tên,Ngày sinh",
        "HO VA TEN,ngay sinh",
        "Ho\u0323 va\u0300 te\u0302n,Nga\u0300y sinh",
        "Họ tên (*),Ngày sinh (dd/mm/yyyy)",
        '"Họ và\ntên","Ngày\r\nsinh*"',
        "full name,Date of birth",
        "name,born",
    ],
)
def test_a_head_is_known_by_its_usual_spellings(head: str) -> None:
    (row,) = read_all(f"{head}\nTrần Thị Bịa,01/02/2015\n".encode())
    assert set(row.values) == {"name", "born"}


def test_what_stands_in_brackets_below_is_no_part_of_a_head() -> None:
    head = '"Họ và tên","Ngày sinh","Tỉnh/Thành phố\n(Theo địa chỉ thường trú)"'
    assert opened(f"{head}\n".encode())[1].places == {0: "name", 1: "born", 2: "place"}


@pytest.mark.parametrize("depth", [1, 12, 40])
def test_a_head_may_stand_in_any_of_the_first_forty_rows(depth: int) -> None:
    content = ("TRƯỜNG TIỂU HỌC (MẪU)\n" * (depth - 1) + "Họ và tên,Ngày sinh\nA,01/02/2015\n").encode()
    assert opened(content)[1].last == depth
    assert read_all(content)[0].number == depth + 1


def test_a_head_of_two_rows_is_read_as_one() -> None:
    content = "Học sinh,,Nơi ở\nHọ tên,Ngày sinh,Tỉnh/Thành phố\nA,01/02/2015,Vĩnh Long\n".encode()
    _, head = opened(content)
    assert (head.last, dict(head.places)) == (2, {0: "name", 1: "born", 2: "place"})


def test_columns_that_nobody_knows_are_named_by_their_place() -> None:
    assert opened("STT,Họ và tên,Ghi chú,Ngày sinh\n".encode())[1].unknown == (0, 2)


@pytest.mark.parametrize(
    ("content", "code", "columns"),
    [
        ("một,hai\nba,bốn\n", "head_not_found", ()),
        ("x\n" * 40 + "Họ và tên,Ngày sinh\n", "head_not_found", ()),
        ("Họ và tên,Giới tính\n", "columns_missing", ("born",)),
        ("Họ và tên,Ngày sinh,Họ tên\n", "column_twice", ("name",)),
    ],
)
def test_a_table_without_a_right_head_is_refused(content: str, code: str, columns: tuple[str, ...]) -> None:
    with pytest.raises(TableError) as caught:
        opened(content.encode())
    assert (caught.value.code, caught.value.columns) == (code, columns)


@pytest.mark.parametrize("note", ["# Ví dụ,01/02/2015", "1,2", "(1),(2)", "Bắt buộc,dd/mm/yyyy"])
def test_a_row_of_explanation_below_the_head_is_a_note(note: str) -> None:
    rows = read_all(f"Họ và tên,Ngày sinh\n{note}\nA,01/02/2015\n".encode())
    assert [row.is_note for row in rows] == [True, False]
