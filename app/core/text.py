"""Vietnamese text: one normal form, and a folded form for comparing without diacritics."""

import unicodedata


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case, no diacritics, đ as d, single spaces: "Đường  Số 3" → "duong so 3"."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())
