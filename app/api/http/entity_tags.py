"""Entity tags (RFC 9110, section 8.8): made, read from a request, compared.

A proxy that compresses an answer makes its tag weak (nginx) or adds the coding to it (Apache). Both are removed before
tags are compared, in If-Match too, where RFC 9110 forbids weak tags: a version that was read is still that version.
"""

import hashlib
import re
from dataclasses import dataclass

TAG = r'(?:[Ww]/)?"([\x21\x23-\x7e]{1,64})"'
ANY = "*"
EACH = re.compile(TAG)
LIST = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")
CODED = re.compile(r"(?:[-;:]{1,2}(?:gzip|br|deflate|zstd))+$")


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a condition, without quotes, weakness and coding."""

    values: frozenset[str]

    def match(self, current: str) -> bool:
        return ANY in self.values or _bare(current.strip('"')) in self.values


NO_TAG = Tags(frozenset())


def read_tags(header: str) -> Tags | None:
    """The tags of a header, or None if it has the wrong form. `*` stands for any."""
    if header.strip() == ANY:
        return Tags(frozenset({ANY}))
    if LIST.fullmatch(header) is None:
        return None
    return Tags(frozenset(_bare(tag) for tag in EACH.findall(header)))


def known_tags(header: str | None) -> Tags:
    """The tags of If-None-Match. A condition that cannot be read is none: the whole answer is never wrong."""
    return read_tags(header or "") or NO_TAG


def _bare(tag: str) -> str:
    return CODED.sub("", tag)


def digest_tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
