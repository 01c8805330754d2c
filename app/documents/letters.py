"""What the bundled fonts draw of a text. What they do not draw is printed by name or by code point."""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from app.core.text import normal

FONTS: Final = Path(__file__).with_name("fonts")
EMOJI_NAMES: Final = Path(__file__).with_name("emoji_vi.csv")
# Thai, Lao, Myanmar, Khmer, Tai Viet and Cham have no spaces: a zero-width one between two letters ends a word.
SPACELESS: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uaa00-\uaadf"
SEPARATOR: Final = f"(?<=[{SPACELESS}])[\u200b-\u200d](?=[{SPACELESS}])"
# Invisible controls and direction marks could change the meaning of a line: they are printed as code points.
UNSEEN: Final = re.compile(
    f"(?!{SEPARATOR})"
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
LAYOUT: Final = frozenset("\n\t")
# No emoji font is bundled: PDF/A has no place for coloured glyphs, and a black one is hard to recognise.
COLOURED: Final = "\ufe0f"
FACES: Final = 0x1F000
STYLE: Final = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
ONE: Final = "[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff][\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?\ufe0f?"
EMOJI: Final = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # a flag is two letters
    "|[0-9#*]\ufe0f?\u20e3"
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    f"|{ONE}(?:\u200d{ONE})*"
)


def drawn(text: str) -> str:
    """The text in one normal form: an emoji as its name, what no font draws as its code point, "[U+202E]".

    A letter of another style, such as "𝓣", is printed as the plain letter, "①" as "(1)".
    """
    named = EMOJI.sub(lambda found: _named(found[0]), normal(text))
    seen = UNSEEN.sub(lambda found: coded(found[0]), named)
    letters = drawable()
    return "".join(each if each in letters else _plain(each) for each in seen)


def _plain(letter: str) -> str:
    plain = unicodedata.normalize("NFKC", letter)
    if not drawable().issuperset(plain):
        return coded(letter)
    return f"({plain})" if unicodedata.decomposition(letter).startswith("<circle>") else plain


def coded(letter: str) -> str:
    return f"[U+{ord(letter):04X}]"


@cache
def drawable() -> frozenset[str]:
    """The letters that every face of a bundled family has."""
    from fontTools.ttLib import TTFont

    families: dict[str, set[str]] = {}
    for path in FONTS.glob("*.[ot]tf"):
        with TTFont(path, lazy=True) as font:
            letters = set(map(chr, font.getBestCmap()))
        families.setdefault(path.stem.split("-")[0], letters).intersection_update(letters)
    return LAYOUT.union(*families.values())


@cache
def _emoji_names() -> Mapping[str, str]:
    with EMOJI_NAMES.open(encoding="utf-8", newline="") as rows:
        named = [(row["code_points"], row["name_vi"]) for row in csv.DictReader(rows)]
    return {"".join(chr(int(point, 16)) for point in points.split("-")): name for points, name in named}


def _named(found: str) -> str:
    """The emoji's name without its skin colour; a sign that the fonts draw is none unless it asks for colours."""
    bare = STYLE.sub("", found)
    if COLOURED not in found and bare in drawable() and ord(bare) < FACES:
        return bare
    name = _emoji_names().get(bare)
    if name is not None:
        return f"[biểu tượng: {name}]"
    parts = bare.split("\u200d")
    return "".join(map(_named, parts)) if len(parts) > 1 else found
