"""One byte range (RFC 9110, section 14). Multiple ranges and other units are ignored: the whole content is sent."""

import re

from app.core.problems import RANGE_NOT_SATISFIABLE

RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?", re.IGNORECASE)


def wanted(header: str | None, if_range: str | None, tag: str, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of the range, or None for the whole content.

    Raises `range_not_satisfiable` (416) with the size.
    """
    if header is None or (if_range is not None and if_range != tag):
        return None
    found = RANGE.fullmatch(header.strip())
    if found is None or found.groups() == (None, None):
        return None
    first, last = (None if text is None else int(text) for text in found.groups())
    if first is None:
        start, stop = max(size - (last or 0), 0), size
    else:
        start, stop = first, min(last + 1, size) if last is not None else size
        if last is not None and last < first:
            return None
    if start >= stop:
        raise RANGE_NOT_SATISFIABLE(headers={"Content-Range": f"bytes */{size}"})
    return start, stop
