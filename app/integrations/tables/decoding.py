"""The encoding of a text file, by its mark and its bytes. What is no UTF-8 and no UTF-16 is refused, with a guess."""

import codecs
from dataclasses import dataclass
from typing import Final

from app.integrations.tables import faults
from app.integrations.tables.faults import TableError
from app.integrations.tables.legacy import guess_of_bytes

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
OF_GUESS: Final = {"tcvn3": faults.TCVN3_FILE, "vni": faults.VNI_FILE, None: faults.NOT_UTF8}


@dataclass(frozen=True, slots=True)
class Encoding:
    """`mark` is how many bytes the byte-order mark takes."""

    codec: str
    mark: int = 0


def encoding_of(head: bytes) -> Encoding:
    """Raises TableError for an empty file."""
    if not head:
        raise TableError(faults.EMPTY_FILE)
    for mark, codec in MARKS:
        # The mark of UTF-32 begins as that of UTF-16 does; its text has NUL characters then.
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    return Encoding("utf-8")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a part of a file up to where it is no longer text, and why it ends there."""

    text: str
    error: str | None = None


def decoded(encoding: Encoding, data: bytes, *, is_last: bool) -> Decoded:
    """The text of `data`, without a character that is cut at its end unless it is the last part."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    try:
        text = decoder.decode(data, is_last)
    except UnicodeDecodeError as error:
        text = data[: error.start].decode(encoding.codec)
        if (at := text.find("\0")) >= 0:
            return Decoded(text[:at], faults.NUL_IN_FILE)
        return Decoded(text, faults.MIXED_ENCODING if _has_letters(text) else OF_GUESS[guess_of_bytes(data)])
    at = text.find("\0")
    return Decoded(text) if at < 0 else Decoded(text[:at], faults.NUL_IN_FILE)


def _has_letters(text: str) -> bool:
    """Whether it has letters that only a right decoding gives."""
    return not text.isascii()
