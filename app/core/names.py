"""Names of people in Vietnamese order: by the given name, which is last, then the family name and those between.

A name is compared by its letters first (a ă â b c d đ e ê …), then by its tones (ngang, huyền, hỏi, ngã, sắc, nặng).
"""

import unicodedata
from typing import Final

from app.core.text import normal

LONGEST: Final = 400
# Letters of their own, each after its plain one.
MARKED: Final = {"\u0306": "1", "\u0302": "2", "\u031b": "3"}
TONES: Final = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}


def sort_name(full_name: str) -> str:
    """The text by whose bytes names sort: "Lê Thị Án" between "Lê Thị An" and "Lê Thị Anh"."""
    *others, given = normal(full_name).casefold().split()
    return " ".join(map(_weighed, (given, *others)))[:LONGEST]


def _weighed(word: str) -> str:
    """A word's letters, then its tone; every letter has its mark beside it, so that none is read as the next."""
    letters: list[str] = []
    tone = "0"
    for char in unicodedata.normalize("NFD", word):
        if char in TONES:
            tone = TONES[char]
        elif char in MARKED and letters:
            letters[-1] = letters[-1][0] + MARKED[char]
        else:
            letters.append("d1" if char == "đ" else f"{char}0")
    return f"{''.join(letters)}!{tone}"
