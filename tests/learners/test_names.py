"""Names in Vietnamese order."""

import random

import pytest

from app.core.names import sort_name

IN_ORDER = [
    "Lê Thị An",
    "Nguyễn Văn An",
    "Nguyễn Thị Án",
    "Trần Anh",
    "Lê Ăn",
    "Lê Ân",
    "Bùi Bình",
    "Lê Dung",
    "Lê Đan",
    "Lê Em",
    "Lê Êm",
    "Lê Hoa",
    "Lê Hòa",
    "Lê Hỏa",
    "Lê Hõa",
    "Lê Hóa",
    "Lê Họa",
    "Lê Uy",
    "Lê Ưng",
    "Lê Ý",
]


def test_names_sort_by_given_name_letters_and_tones() -> None:
    shuffled = random.Random(7).sample(IN_ORDER, len(IN_ORDER))
    assert sorted(shuffled, key=lambda name: sort_name(name).encode()) == IN_ORDER


@pytest.mark.parametrize("name", ["Án", "A\u0301n", "ÁN", "án"])
def test_notation_and_case_do_not_change_the_place(name: str) -> None:
    assert sort_name(f"Lê {name}") == sort_name("Lê Án")


def test_a_long_name_has_a_place_that_fits_its_column() -> None:
    assert len(sort_name(" ".join(["Nguyễn"] * 40))) <= 400
