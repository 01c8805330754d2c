"""Thousands of marks on one letter: text is normalised in linear time, and what people write is not changed by it."""

import time
import unicodedata
from collections.abc import Callable

import pytest

from app.core.text import compact, dialled, fold, normal, one_line, same_name, trimmed
from tests.factories.http import API, assert_problem
from tests.world import World

# As much as a body holds. Sorted by insertion, each takes from ten seconds to minutes.
MANY = {
    "marks out of order": "a" + "\u0301\u0327" * 50_000,
    "marks that decompose to two": "\u0f40" + "\u0f73" * 50_000,
    "a letter that decomposes to a mark": "\u0301\uff9e" * 50_000,
    "marks that invisible characters part": ("\u0301\u0327" * 15 + "\u200b") * 3_000,
}
LIMIT_S = 3.0


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("clean", [normal, trimmed, one_line, compact, dialled, fold, same_name])
def test_many_marks_take_no_time(name: str, clean: Callable[[str], str]) -> None:
    started = time.process_time()
    clean(MANY[name])
    assert time.process_time() - started < LIMIT_S


@pytest.mark.parametrize("marks", ["\u0301\u0327" * 15, "\u0327" * 15 + "\u0301" * 15])
def test_thirty_marks_on_a_letter_stay_as_they_were_written(marks: str) -> None:
    assert normal(f"x{marks}y") == unicodedata.normalize("NFC", f"x{marks}y")


def test_more_marks_are_parted_once() -> None:
    once = normal("x" + "\u0301" * 70 + "y")
    assert once.replace("\u034f", "") == "x" + "\u0301" * 70 + "y"
    assert once.count("\u034f") == 2
    assert normal(once) == once


@pytest.mark.parametrize("seen", ["👨‍👩‍👧" * 40, "…—“”" * 40, "Trường Tiểu học Đặng " * 40])
def test_signs_and_letters_are_not_parted(seen: str) -> None:
    assert normal(seen) == unicodedata.normalize("NFC", seen)
    assert normal(unicodedata.normalize("NFD", seen)) == unicodedata.normalize("NFC", seen)


async def test_a_report_of_many_marks_stops_nobody(world: World) -> None:
    started = time.process_time()
    report = {"narrative": MANY["marks out of order"], "school_name": "Trường bịa"}
    key = {"Idempotency-Key": "bao-tin-nhieu-dau-0123456789-abcdef"}
    assert_problem(await world.anonymous.post(f"{API}/public/intakes", report, headers=key), 422, "invalid")
    name = {"username": MANY["marks out of order"], "password": "Mat khau bịa"}
    assert_problem(await world.anonymous.post(f"{API}/auth/sign-in", name), 422, "invalid")
    assert time.process_time() - started < LIMIT_S
