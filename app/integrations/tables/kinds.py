"""What a column holds: how the cells of each kind are read, and what is wrong with one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Protocol

from app.core import time
from app.core.text import compact, fold, one_line
from app.integrations.tables import faults
from app.integrations.tables.legacy import guess
from app.integrations.tables.rows import MOST_CELL_LENGTH, Cell
from app.security.crypto.phones import national, numbers

Value = str | int | date
# The codes of each closed list by code and by folded label.
Lists = Mapping[str, Mapping[str, str]]
EARLIEST: Final = date(1900, 1, 1)
DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?: 0{1,2}:00(?::00)?)?")
ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
SHORT_YEAR: Final = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}")
# The days that Excel counts from here are right after its 29 February 1900, which was no day.
SERIAL_ZERO: Final = date(1899, 12, 30)
SERIALS: Final = range(61, 73_051)
SERIAL: Final = re.compile(r"[1-9]\d{4}(?:\.0+)?")
WHOLE: Final = re.compile(r"-?\d{1,15}(?:[.,]0+)?")
# Above it a spreadsheet rounds the number that it takes a long code for.
LARGEST_EXACT: Final = 10**15
SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+")
FORMULA: Final = re.compile("[=+@]")
LEGACY: Final = {"tcvn3": faults.TCVN3_TEXT, "vni": faults.VNI_TEXT}


class CellError(Exception):
    """What is wrong with a cell; `proposal` is what it may have meant."""

    def __init__(self, code: str, limit: int | None = None, proposal: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.limit = limit
        self.proposal = proposal


class Kind(Protocol):
    def read(self, cell: Cell, lists: Lists) -> Value:
        """The value of a cell that is not blank. Raises CellError."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text, in one normal form."""

    most: int = 200

    def read(self, cell: Cell, lists: Lists) -> Value:  # noqa: ARG002
        return _limited(_words(cell), self.most)


@dataclass(frozen=True, slots=True)
class CodeOf:
    """One of a closed list, by its code or its label; `also` are other spellings in use."""

    list: str
    also: tuple[tuple[str, str], ...] = ()

    def read(self, cell: Cell, lists: Lists) -> Value:
        said = fold(_limited(_words(cell), MOST_CELL_LENGTH))
        found = lists[self.list].get(said) or next((code for word, code in self.also if word == said), None)
        if found is None:
            raise CellError(faults.UNKNOWN_CODE)
        return found


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few codes that are in no list: each with its spellings, the first of which is shown."""

    options: tuple[tuple[str, tuple[str, ...]], ...]
    codes: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        said = [(fold(word), code) for code, spellings in self.options for word in (code, *spellings)]
        # The first of two that are spelt alike.
        object.__setattr__(self, "codes", dict(reversed(said)))

    def read(self, cell: Cell, lists: Lists) -> Value:  # noqa: ARG002
        found = self.codes.get(fold(_limited(_words(cell), MOST_CELL_LENGTH)))
        if found is None:
            raise CellError(faults.UNKNOWN_CODE)
        return found


@dataclass(frozen=True, slots=True)
class Day:
    """A date as dd/mm/yyyy or ISO 8601, or the day of a spreadsheet's date cell."""

    may_be_ahead: bool = False

    def read(self, cell: Cell, lists: Lists) -> Value:  # noqa: ARG002
        day = _day(cell)
        if day < EARLIEST:
            raise CellError(faults.DATE_OUT_OF_RANGE)
        if day > time.today() and not self.may_be_ahead:
            raise CellError(faults.DATE_IN_FUTURE)
        return day


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within limits."""

    least: int = 0
    most: int = 1_000_000

    def read(self, cell: Cell, lists: Lists) -> Value:  # noqa: ARG002
        number = _whole(cell)
        if number < self.least:
            raise CellError(faults.NUMBER_TOO_SMALL, self.least)
        if number > self.most:
            raise CellError(faults.NUMBER_TOO_LARGE, self.most)
        return number


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """One telephone number, in its one form (ITU-T E.164)."""

    def read(self, cell: Cell, lists: Lists) -> Value:  # noqa: ARG002
        said = _digits(cell)
        if found := numbers(said):
            if len(found) == 1:
                return found[0]
            raise CellError(faults.NOT_A_PHONE)
        padded = numbers(f"0{said}")
        raise CellError(faults.NOT_A_PHONE, proposal=national(padded[0]) if len(padded) == 1 else None)


@dataclass(frozen=True, slots=True)
class Identifier:
    """An opaque code. With `digits` it is a number of that many; a spreadsheet drops the zeros that it begins with."""

    most: int = 32
    digits: int | None = None

    def read(self, cell: Cell, lists: Lists) -> Value:  # noqa: ARG002
        said = _digits(cell)
        if SCIENTIFIC.fullmatch(said):
            raise CellError(faults.ROUNDED_NUMBER)
        if self.digits is None:
            return _limited(said, self.most)
        said = compact(said)
        if not said.isascii() or not said.isdigit() or len(said) > self.digits:
            raise CellError(faults.NOT_AN_IDENTIFIER)
        if len(said) < self.digits:
            raise CellError(faults.LOST_ZEROS, self.digits, said.zfill(self.digits))
        return said


def _words(cell: Cell) -> str:
    """The text of a cell, in one line. A number is what the spreadsheet took for one."""
    if isinstance(cell, bool | date):
        raise CellError(faults.NOT_TEXT)
    if not isinstance(cell, str):
        return _digits(cell)
    # The mark by which a spreadsheet knows text that looks like a number or a formula.
    said = one_line(cell).removeprefix("'")
    if FORMULA.match(said):
        raise CellError(faults.FORMULA)
    if not said.isascii() and (found := guess(said)):
        raise CellError(LEGACY[found.legacy], proposal=found.text)
    return said


def _digits(cell: Cell) -> str:
    """The text of a cell for a code or a telephone number."""
    if isinstance(cell, bool | date):
        raise CellError(faults.NOT_TEXT)
    if isinstance(cell, str):
        said = one_line(cell).removeprefix("'")
        if said.startswith("="):
            raise CellError(faults.FORMULA)
        return said
    if cell is not None and abs(cell) >= LARGEST_EXACT:
        raise CellError(faults.ROUNDED_NUMBER)
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _limited(said: str, most: int) -> str:
    if len(said) > most:
        raise CellError(faults.CELL_TOO_LONG, most)
    return said


def _whole(cell: Cell) -> int:
    if isinstance(cell, bool | date):
        raise CellError(faults.NOT_A_NUMBER)
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, int):
        return cell
    said = one_line(str(cell)).removeprefix("'")
    if not WHOLE.fullmatch(said) or not said.isascii():
        raise CellError(faults.NOT_A_NUMBER)
    return int(re.split("[.,]", said)[0])


def _day(cell: Cell) -> date:
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool) or cell is None:
        raise CellError(faults.NOT_A_DATE)
    if isinstance(cell, int | float):
        if int(cell) not in SERIALS:
            raise CellError(faults.NOT_A_DATE)
        return SERIAL_ZERO + timedelta(days=int(cell))
    return _said_day(one_line(cell).removeprefix("'"))


def _said_day(said: str) -> date:
    try:
        if found := DAY_FIRST.fullmatch(said):
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        if found := ISO.fullmatch(said):
            return date(*map(int, found.groups()))
    except ValueError:
        raise CellError(faults.NOT_A_DATE) from None
    if SHORT_YEAR.fullmatch(said):
        raise CellError(faults.TWO_DIGIT_YEAR, proposal=_with_century(said))
    if SERIAL.fullmatch(said):
        day_of = SERIAL_ZERO + timedelta(days=int(float(said)))
        raise CellError(faults.DATE_SERIAL, proposal=day_of.strftime("%d/%m/%Y"))
    raise CellError(faults.NOT_A_DATE)


def _with_century(said: str) -> str | None:
    """The last such day that is not ahead."""
    day, month, year = map(int, re.split("[/.\\-]", said))
    try:
        found = date(2000 + year, month, day)
        found = found if found <= time.today() else found.replace(year=1900 + year)
    except ValueError:
        return None
    return found.strftime("%d/%m/%Y")
