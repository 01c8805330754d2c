"""Vietnamese text: one normal form, one meaning of "blank", and a folded form for finding without diacritics."""

import re
import unicodedata
from typing import Final, Literal

# Telex keys that reached the text because the input method was off: "truowngf" for trường.
CONSONANTS = "bcdfghjklmnpqrstvxz"
# A spreadsheet reads a cell that begins with one of these as a formula (OWASP, CSV injection).
FORMULA = frozenset("=+-@\t\r\n")
TELEX_KEYS = re.compile(r"[sfrxjz]|(?<=[aeiouy])w|a(?=a)|e(?=e)|o(?=o)")
# Windows-1258 has Đ and đ where Latin-1 has the Icelandic letters; other keyboards and PDFs draw the stroke otherwise.
STROKED: Final = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "\ua7c7": "Đ", "ð": "đ", "ɖ": "đ", "\ua7c8": "đ"})
STROKES: Final = frozenset("ÐƉðɖ\ua7c7\ua7c8\u0335\u0336")
STROKE: Final = re.compile("([ÐƉðɖ\ua7c7\ua7c8])|([Dd])[\u0335\u0336]")
# A tone that was typed before the circumflex or the breve of its vowel: canonical order leaves the two as they came.
TONE_FIRST: Final = re.compile("([\u0300\u0301\u0303\u0309])([\u0302\u0306])")
LONG_DASHES: Final = re.compile("[\u2010-\u2015\u2212]")
LINK: Final = re.compile(r"\btel:\s*", re.IGNORECASE)
DASHES: Final = re.compile(r"[\s\-_.\u2010-\u2015\u2212\u2043\u30fc]+")
# Neither space nor format character by their category, and nothing to see: Hangul fillers, the empty Braille cell,
# the place of an object that did not come along, and the null notehead.
FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc\U0001d159")
# They join emoji and letters, and end flags: what people see changes without them.
JOINERS: Final = frozenset({"\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))})
# Reserved for characters without a glyph (Unicode, Default_Ignorable_Code_Point).
IGNORABLE: Final = re.compile("[\u2065\ufff0-\ufff8\U000e0000-\U000e0fff\ufdd0-\ufdef\ufffe\uffff]")
# Marks are sorted by insertion, so that thousands on one letter take minutes: after so many they are parted by the
# character for it (Unicode UAX #15, section 13, Stream-Safe Text Format).
MOST_MARKS: Final = 30
PARTING: Final = "\u034f"
# What may be marks; of letters, the only two that decompose to one.
MARKS: Final = re.compile(r"(?:[^\w\x00-\x7f]|[\uff9e\uff9f]){31,}")
# The first character that is a mark, and the marks of almost every text. The one between them is none to Unicode.
FIRST_MARK: Final = "\u0300"
COMMON_MARKS: Final = re.compile("[\u0300-\u034e\u0350-\u036f]+")
# The tone of an open oa, oe or uy stands on either vowel: Hòa and Hoà are one spelling.
OPEN_RHYME: Final = re.compile(
    "(o|u)([\u0300\u0301\u0303\u0309\u0323])(?:(?<=o.)([ae])|(?<=u.)(y))(?![a-z\u0300-\u036f])"
)


def normal(text: str) -> str:
    """NFC with one Đ and one order of marks: what looks like one Vietnamese letter is one."""
    if text.isascii():
        return text
    composed = _normalised("NFC", text)
    if not STROKES.isdisjoint(composed):
        composed = STROKE.sub(_stroked, composed)
    if "\u0302" in composed or "\u0306" in composed:
        apart = unicodedata.normalize("NFD", composed)
        composed = unicodedata.normalize("NFC", TONE_FIRST.sub(r"\2\1", apart))
    return composed


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen: spaces, controls, format characters, fillers, marks without a letter."""
    if text[:1].isalnum() and text[0] < FIRST_MARK:
        return False
    return all(_is_unseen(c) or unicodedata.category(c)[0] == "M" for c in text)


def trimmed(text: str) -> str:
    """In its normal form without what cannot be seen at its ends; empty where it is blank."""
    said = normal(text)
    if is_blank(said):
        return ""
    first = next(at for at, c in enumerate(said) if not _is_loose(c))
    last = next(at for at in range(len(said) - 1, -1, -1) if not _is_loose(said[at]))
    return said[first : last + 1]


def one_line(text: str) -> str:
    """A title, name or number as people see it: single plain spaces, and no direction marks that came by copying."""
    said = normal(text)
    if said.isprintable() and FILLERS.isdisjoint(said):
        said = " ".join(said.split())
        return "" if is_blank(said) else said
    spaced = (" " if _is_space(c) else c for c in said)
    line = " ".join("".join(c for c in spaced if c == " " or not _is_loose(c)).split())
    return "" if is_blank(line) else line


def compact(text: str) -> str:
    """A code or number without what separates its parts, with plain letters and digits: "２０２６ – 7K" → "20267K"."""
    return DASHES.sub("", one_line(_normalised("NFKC", text)))


def dialled(text: str) -> str:
    """A telephone number as people read it: plain digits and signs, without `tel:` and marks that came by copying."""
    beside = " / ".join(_normalised("NFKC", text).splitlines())
    return one_line(LINK.sub("", LONG_DASHES.sub("-", beside)))


def fold(text: str) -> str:
    """For finding, never for equality: "Đường  Số 3" → "duong so 3".

    Lower case, no diacritics, đ as d, plain letters and digits, single spaces, nothing that cannot be seen.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    lower = unicodedata.normalize("NFKD", _normalised("NFKD", text).casefold()).translate(STROKED).replace("đ", "d")
    bare = COMMON_MARKS.sub("", lower)
    if bare.isascii() and bare.isprintable():
        return " ".join(bare.split())
    seen = (" " if _is_space(c) else c for c in lower if not unicodedata.combining(c))
    return " ".join("".join(c for c in seen if c == " " or not _is_unseen(c)).split())


def same_name(text: str) -> str:
    """Equal for two spellings of one name, which differ by case, spaces or the place of a tone: Hòa, Hoà, hoà.

    Names that differ by a mark are two: Xã Ba Tơ and Xã Ba Tô.
    """
    apart = unicodedata.normalize("NFD", normal(one_line(text)).casefold())
    return unicodedata.normalize("NFC", OPEN_RHYME.sub(r"\1\3\4\2", "".join(c for c in apart if c not in JOINERS)))


def plain_cell(text: str) -> str:
    """The text as a cell that is no formula, even after blanks, invisible or full-width characters."""
    seen = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c)[0] not in "ZC")
    return "'" + text if FORMULA.intersection((next(seen, ""), text[:1])) else text


def untelex(word: str) -> str:
    """A folded word typed in Telex while the input method was off: "truowngf" → "truong"; others may change too."""
    rhyme = word.lstrip(CONSONANTS)
    head = word[: len(word) - len(rhyme)]
    return head.replace("dd", "d") + TELEX_KEYS.sub("", rhyme).replace("w", "u")


def _normalised(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """In linear time, whatever it is. What is normalised again needs it no more."""
    if text.isascii():
        return text
    return unicodedata.normalize(form, MARKS.sub(_parted, text))


def _parted(found: re.Match[str]) -> str:
    parts, run = list[str](), 0
    for char in found[0]:
        is_mark = unicodedata.combining(unicodedata.normalize("NFKD", char)[0]) != 0
        run = run + 1 if is_mark else 0
        if run > MOST_MARKS:
            parts.append(PARTING)
            run = 1
        parts.append(char)
    return "".join(parts)


def _stroked(found: re.Match[str]) -> str:
    return found[0].translate(STROKED) if found[1] else "Đđ"[found[2] == "d"]


def _is_space(char: str) -> bool:
    return char in FILLERS or unicodedata.category(char) in {"Zs", "Zl", "Zp", "Cc"}


def _is_unseen(char: str) -> bool:
    return _is_space(char) or unicodedata.category(char) == "Cf" or IGNORABLE.match(char) is not None


def _is_loose(char: str) -> bool:
    """Unseen, and without a part in the characters beside it."""
    return char not in JOINERS and _is_unseen(char)
