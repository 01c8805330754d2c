"""What a file is, by its content alone: its kind, or a refusal that says what was found."""

import codecs
import re
from typing import Final

from app.core.problems import Problem, Text
from app.security.files import signatures
from app.security.files.archives import archive_kind
from app.security.files.compound import compound_kind
from app.security.files.contents import ARCHIVE, COMPOUND, KINDS, TABLE, Kind
from app.security.files.problems import FILE_REFUSED, NOT_A_TABLE, UnsafeArchiveError, not_taken

# The longest first segment of a JPEG, which must be whole.
HEAD_BYTES: Final = 72 * 1024
CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
BYTES: Final = re.compile(CONTROLS.pattern.encode())
BY_NAME: Final = {kind.name: kind for kind in (*KINDS.values(), ARCHIVE, COMPOUND)}
UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def recognise(head: bytes) -> Kind:
    """The kind of a file by its first `HEAD_BYTES` or, of a shorter one, by all of it.

    An archive or compound file is `ARCHIVE` or `COMPOUND`, until `settle` has its members. Raises `file_not_taken`
    (415) with what was found, and `file_refused` (422) for an empty file, or a signature without a picture.
    """
    if not head:
        raise FILE_REFUSED(Text("Tệp trống", "The file is empty"))
    for name, test in signatures.KINDS_BY_START:
        if test(head):
            return _begun(name, head)
    if head.startswith(b"{\\rtf"):
        raise not_taken(signatures.RTF)
    if signatures.is_pdf(head):
        return KINDS["pdf"]
    return _text(head)


def recognise_table(head: bytes) -> Kind:
    """As `recognise`, for a table: text in any encoding is one, and says itself what is wrong with it.

    Raises `not_a_table` (415), and `file_refused` (422) for an empty file.
    """
    if not head:
        raise FILE_REFUSED(Text("Tệp trống", "The file is empty"))
    found = next((name for name, test in signatures.KINDS_BY_START if test(head)), None)
    if found in {ARCHIVE.name, COMPOUND.name}:
        return BY_NAME[found]
    if found is not None or _is_document(head):
        raise NOT_A_TABLE(headers={"Connection": "close"})
    return TABLE


def _is_document(head: bytes) -> bool:
    """Whether it is anything that is known and no table, such as a web page that is named like a workbook."""
    known = any(test(head) for _, test in signatures.FOUND_BY_START) or signatures.is_pdf(head)
    return known or head.lstrip(codecs.BOM_UTF8 + b" \r\n\t").startswith((b"{\\rtf", b"<"))


def settle(kind: Kind, content: bytes) -> Kind:
    """The kind of a `whole` file by all of its content.

    Raises `file_not_taken` (415), `file_refused`, `archive_unsafe` or `macros_refused` (422).
    """
    try:
        found = archive_kind(content) if kind is ARCHIVE else compound_kind(content)
    except UnsafeArchiveError as error:
        raise error.problem() from None
    if isinstance(found, str):
        return KINDS[found]
    raise not_taken(found)


class Watch:
    """Judges the content of a streamed file as it passes: a text is one up to its end."""

    def __init__(self, kind: Kind) -> None:
        self._decoder = codecs.getincrementaldecoder(kind.charset)() if kind.charset else None

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Raises `file_not_taken` (415) for a text with bytes that are none."""
        if self._decoder is None:
            return
        try:
            text = self._decoder.decode(piece, is_last)
        except UnicodeDecodeError:
            raise not_taken(signatures.UNKNOWN if BYTES.search(piece) else signatures.LEGACY) from None
        if CONTROLS.search(text):
            raise not_taken(signatures.UNKNOWN)


def _begun(name: str, head: bytes) -> Kind:
    kind = BY_NAME[name]
    if not signatures.begins_a_picture(name, head):
        raise FILE_REFUSED(
            Text(
                f"Tệp bắt đầu như ảnh {name.upper()} nhưng không có ảnh bên trong",
                f"The file begins like a {name.upper()} picture and holds none",
            )
        )
    return kind


def _text(head: bytes) -> Kind:
    kind = KINDS["text16" if head.startswith(UTF_16) else "text"]
    try:
        Watch(kind).feed(head)
    except Problem as problem:
        found = next((found for found, test in signatures.FOUND_BY_START if test(head)), None)
        raise (not_taken(found) if found else problem) from None
    return kind
