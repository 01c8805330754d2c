"""The columns that a dataset declares: their heads, the spellings of those in use, and what they hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from app.core.problems import Text
from app.core.text import fold
from app.integrations.tables.kinds import Kind

BRACKETS = "()[]"
ALPHABET: Final = 26


@dataclass(frozen=True, slots=True)
class Column:
    """`aliases` are other heads of the column in use, with or without diacritics."""

    name: str
    head: Text
    kind: Kind
    is_required: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def own_heads(self) -> tuple[str, ...]:
        """The heads that templates and error documents have."""
        return (self.name, self.head.vi, self.head.en)

    @property
    def heads(self) -> tuple[str, ...]:
        return (*self.own_heads, *self.aliases)


@dataclass(frozen=True)
class Columns:
    """The columns of a dataset, in the order of its template."""

    all: tuple[Column, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.all}

    @cached_property
    def by_head(self) -> Mapping[str, str]:
        """The name of each column by its plain heads. Raises LookupError, a defect, for a head of two columns."""
        found: dict[str, str] = {}
        for column in self.all:
            for head in map(plain_head, column.heads):
                if found.setdefault(head, column.name) != column.name:
                    raise LookupError(f"{column.name} and {found[head]} have one head")
        return found

    @cached_property
    def by_own_head(self) -> Mapping[str, str]:
        return {plain_head(head): column.name for column in self.all for head in column.own_heads}

    def optional(self, names: Collection[str]) -> "Columns":
        """The same columns, with none of these required."""
        return Columns(
            tuple(replace(each, is_required=each.is_required and each.name not in names) for each in self.all)
        )

    @property
    def required(self) -> Sequence[str]:
        return [column.name for column in self.all if column.is_required]


def letters_of(at: int) -> str:
    """The name of a place in a spreadsheet: 0 → A, 26 → AA."""
    first, last = divmod(at, ALPHABET)
    return (letters_of(first - 1) if first else "") + chr(ord("A") + last)


def place_of(letters: str) -> int:
    """The place that a spreadsheet names with these letters: A → 0, AA → 26."""
    at = 0
    for letter in letters:
        at = at * ALPHABET + ord(letter) - ord("A") + 1
    return at - 1


def plain_head(text: str) -> str:
    """A head without case, diacritics, signs and what stands in brackets: "Ngày sinh (*)" → "ngay sinh"."""
    outside, depth = list[str](), 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        outside.append(" " if char in BRACKETS or depth > 0 else char)
    folded = fold("".join(outside)) or fold(text)
    return " ".join("".join(char if char.isalnum() else " " for char in folded).split())
