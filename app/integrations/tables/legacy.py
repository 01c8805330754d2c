"""Text in the encodings that Vietnamese fonts had before Unicode: recognised, and read for a guess, never repaired."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

Legacy = Literal["tcvn3", "vni"]

# The letters of TCVN 5712:1993 (VN3), the encoding of the ABC fonts, as Latin-1 shows its bytes.
TCVN3_CODES: Final = "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊËÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ®¡¢£¤¥¦§"
TCVN3_LETTERS: Final = "àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđĂÂÊÔƠƯĐ"
TCVN3: Final = str.maketrans(TCVN3_CODES, TCVN3_LETTERS)
# No letters of Vietnamese beside a letter, and capitals with marks within a word of small letters.
TCVN3_SIGN: Final = re.compile(
    "[A-Za-z][µ¶·¸¹¨»¼½¾©ª«¬\u00ad®×÷øþß]|[µ¶·¸¹¨»¼½¾©ª«¬®×÷øþß¡¢£¤¥¦§][A-Za-z]|[a-z][ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖØÜÝÞ]"
)

VNI_MARKS: Final = {
    **dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True)),
    "â": "\u0302",
    **{mark: "\u0302" + tone for mark, tone in zip("áàåãä", "\u0301\u0300\u0309\u0303\u0323", strict=True)},
    "ê": "\u0306",
    **{mark: "\u0306" + tone for mark, tone in zip("éèúüë", "\u0301\u0300\u0309\u0303\u0323", strict=True)},
}
VNI_LETTERS: Final = str.maketrans("ôöñæóòîÔÖÑÆÓÒÎ", "ơưđỉĩịỵƠƯĐỈĨỊỴ")
VNI_PAIR: Final = re.compile("([aeiouyôöAEIOUYÔÖ])([ùøûõïâáàåãäêéèúüëÙØÛÕÏÂÁÀÅÃÄÊÉÈÚÜË])")
# Pairs and letters that no Vietnamese word has.
VNI_SIGN: Final = re.compile(
    "[aA][âêáàãéèúùõÂÊÁÀÃÉÈÚÙÕåäïûøëüÅÄÏÛØËÜ]|[eE][âáàãùõÂÁÀÃÙÕåäïûøÅÄÏÛØ]|[oOuUyYôöÔÖ][ïûøåäÏÛØÅÄ]"
    "|[oO][âùÂÙ]|[ôöÔÖ][ùõÙÕ]|[A-Za-z]ö|ö[A-Za-z]|ñ[a-zôö]|Ñ[A-Za-zôöÔÖ]"
)


@dataclass(frozen=True, slots=True)
class Guess:
    """The encoding that a text seems to be in, and what it says if it is."""

    legacy: Legacy
    text: str


def guess(text: str) -> Guess | None:
    """What text typed with such a font says; None for text in Unicode."""
    if text.isascii():
        return None
    vni, tcvn3 = len(VNI_SIGN.findall(text)), len(TCVN3_SIGN.findall(text))
    if not vni and not tcvn3:
        return None
    return Guess("vni", _of_vni(text)) if vni > tcvn3 else Guess("tcvn3", text.translate(TCVN3))


def guess_of_bytes(data: bytes) -> Legacy | None:
    """The encoding of bytes that are no UTF-8."""
    found = guess(data.decode("latin-1"))
    return None if found is None else found.legacy


def _of_vni(text: str) -> str:
    joined = VNI_PAIR.sub(_joined, text)
    return unicodedata.normalize("NFC", joined)


def _joined(found: re.Match[str]) -> str:
    letter, mark = found[1].translate(VNI_LETTERS), found[2].lower()
    return letter + VNI_MARKS[mark]
