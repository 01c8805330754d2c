"""Meanings of search words by their form alone: a code or a part of one, a day, a month, a year."""

import re
from datetime import date, timedelta
from itertools import count

from app.core.ids import ALPHABET, read_case_code
from app.core.text import compact, fold, normal
from app.repositories.cases.searches import CodeParts, DateRange

LONGEST = 8
GROUP = f"[{ALPHABET}]{{5}}"
CODE_PART = re.compile(rf"(?:(?P<year>20\d\d))?(?P<first>{GROUP})(?P<second>{GROUP})?")
EDGES = ".,;:()[]\"'“”"
SEPARATOR = r"\s*[/.\-\u2010-\u2015 ]\s*"
DAY = re.compile(rf"(?:ngay )?(\d{{1,2}}){SEPARATOR}(?:thang )?(\d{{1,2}}){SEPARATOR}(?:nam )?(\d{{4}})")
ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
MONTH = re.compile(rf"(?:thang )?(\d{{1,2}}){SEPARATOR}(?:nam )?(\d{{4}})")
YEAR = re.compile(r"(?:nam )?(\d{4})")
YEARS = range(2000, 2100)


def words_of(text: str) -> list[str]:
    """The words in the order typed, in NFC; a word's position counts from 0."""
    return [word for raw in normal(text).split() if (word := raw.strip(EDGES))]


def read_code(words: list[str]) -> CodeParts | None:
    """A code whatever its dashes, spaces and case. A part of one needs a digit: a name could be five letters."""
    plain = compact("".join(words)).upper()
    if (whole := read_case_code(plain)) is not None:
        return CodeParts(whole=whole)
    found = CODE_PART.fullmatch(plain)
    if found is None or plain.isdigit() or not any(c.isdigit() for c in plain):
        return None
    groups = tuple(each for each in found.group("first", "second") if each)
    return CodeParts(year=found.group("year"), groups=groups)


def read_date_range(words: list[str]) -> DateRange | None:
    """A day as written in Việt Nam (5/9/2026) or in ISO 8601, a month (9/2026) or a year."""
    plain = fold(" ".join(words))
    try:
        if found := DAY.fullmatch(plain):
            day, month, year = map(int, found.groups())
            return _within(DateRange(date(year, month, day), date(year, month, day)))
        if found := ISO_DAY.fullmatch(plain):
            iso = date(*map(int, found.groups()))
            return _within(DateRange(iso, iso))
        if found := MONTH.fullmatch(plain):
            month, year = map(int, found.groups())
            after = date(year + month // 12, month % 12 + 1, 1)
            return _within(DateRange(date(year, month, 1), after - timedelta(days=1)))
        if found := YEAR.fullmatch(plain):
            return _within(DateRange(date(int(plain[-4:]), 1, 1), date(int(plain[-4:]), 12, 31)))
    except ValueError:
        return None
    return None


def _within(period: DateRange) -> DateRange | None:
    return period if period.first.year in YEARS else None


def phrases(words: list[str]) -> list[tuple[int, list[str]]]:
    """Every run of words with its position, longest first."""
    return [
        (at, words[at : at + length])
        for length in range(min(LONGEST, len(words)), 0, -1)
        for at in range(len(words) - length + 1)
    ]


def runs(free: list[int]) -> list[list[int]]:
    """Positions that stand beside one another, together."""
    together: dict[int, list[int]] = {}
    for order, position in zip(count(), free, strict=False):
        together.setdefault(position - order, []).append(position)
    return list(together.values())
