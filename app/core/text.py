"""Vietnamese text: one normal form, and a folded form for comparison without diacritics."""

import re
import unicodedata

# Telex keys that reached the text because the input method was off: "truowngf" for trường.
CONSONANTS = "bcdfghjklmnpqrstvxz"
# A spreadsheet reads a cell that begins with one of these as a formula (OWASP, CSV injection).
FORMULA = frozenset("=+-@\t\r\n")
TELEX_KEYS = re.compile(r"[sfrxjz]|(?<=[aeiouy])w|a(?=a)|e(?=e)|o(?=o)")


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case, no diacritics, đ as d, single spaces, no invisible characters: "Đường  Số 3" → "duong so 3"."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    seen = (c for c in bare if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return " ".join("".join(seen).split())


def plain_cell(text: str) -> str:
    """The text as a cell that is no formula, even after blanks, invisible or full-width characters."""
    seen = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c)[0] not in "ZC")
    return "'" + text if FORMULA.intersection((next(seen, ""), text[:1])) else text


def untelex(word: str) -> str:
    """A folded word typed in Telex while the input method was off: "truowngf" → "truong"; others may change too."""
    rhyme = word.lstrip(CONSONANTS)
    head = word[: len(word) - len(rhyme)]
    return head.replace("dd", "d") + TELEX_KEYS.sub("", rhyme).replace("w", "u")
