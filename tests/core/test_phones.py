"""A telephone number has one form, and what is no whole number has none."""

import pytest

from app.security.crypto.phones import national, numbers, office_numbers


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0912345678", "+84912345678"),
        ("091 234-56.78", "+84912345678"),
        ("+84 912 345 678", "+84912345678"),
        ("0084912345678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("+84 (0)912 345 678", "+84912345678"),
        ("(028) 3822 1234", "+842838221234"),
        ("0210 384 6789", "+842103846789"),
        ("+44 20 7946 0000", "+442079460000"),
        ("\u202d0912 345 678\u202c", "+84912345678"),
        ("0912\u00a0345\u00a0678", "+84912345678"),
        ("0912–345–678 (mẹ)", "+84912345678"),
        ("tel:+84-912-345-678", "+84912345678"),
        ("ĐT: 0912.345.678", "+84912345678"),
        ("０９１２ ３４５ ６７８", "+84912345678"),
    ],
)
def test_every_way_to_write_a_number_is_one_number(written: str, number: str) -> None:
    assert numbers(written) == [number]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "111",
        "1800 1567",
        "091234567",
        "09123456789",
        "0612345678",
        "028382212",
        "+84",
        "+1",
        "912345678",
        "+0912345678",
    ],
)
def test_what_is_no_whole_number_has_none(written: str) -> None:
    assert numbers(written) == []


@pytest.mark.parametrize(
    ("written", "stored", "dialled"),
    [
        ("1800 1567", ["+8418001567"], ["1800 1567"]),
        ("19006828", ["+8419006828"], ["1900 6828"]),
        ("(0275) 3822-000; 0912.345.678", ["+842753822000", "+84912345678"], ["0275 3822 000", "0912 345 678"]),
        ("+855 23 210 000", ["+85523210000"], ["+855 23 210 000"]),
        ("3822", [], []),
        ("văn thư", [], []),
    ],
)
def test_an_office_has_whole_numbers_and_service_numbers(written: str, stored: list[str], dialled: list[str]) -> None:
    assert office_numbers(written) == stored
    assert [national(number) for number in stored] == dialled


@pytest.mark.parametrize(
    "between", ["/", " / ", ",", "; ", "\n", " - ", "-", " ", " (mẹ), ", " hoặc ", "\u2028", "／", " – "]
)
def test_two_numbers_are_two(between: str) -> None:
    assert numbers(f"0912345678{between}028 3822 1234") == ["+84912345678", "+842838221234"]
    assert numbers(f"0912 345 678{between}0912345678") == ["+84912345678"]
