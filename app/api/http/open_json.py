"""Open JSON: the same for every caller, with an ETag, cacheable for an hour, and compressed where the caller asks.

Only data without a person goes this way. Where an answer has personal data beside what a caller sent, its compressed
length reveals it bit by bit (BREACH), so no other answer is compressed.
"""

import gzip
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from starlette.datastructures import Headers

from app.api.http.answer_headers import TAGGED
from app.api.http.deps import NoneMatch, RuntimeDep
from app.api.http.entity_tags import digest_tag, known_tags
from app.api.http.languages import weight

MAX_AGE_S = 3600
# Below it, the header of gzip and one packet eat what is gained.
WORTH_BYTES = 1024
MOST = 64
GZIP = "gzip"
OPEN: dict[str, Any] = {
    "responses": {304: {"description": "What you have under this ETag is still so"}},
    "openapi_extra": TAGGED,
}


class OpenJson:
    """One text with its tag and its compressed form."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.tag = digest_tag(content)

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.content, mtime=0)

    def answer(self, asked: Headers) -> Response:
        """The text, or 304 if the caller has it. Compressed, it is another representation with another tag."""
        coded = len(self.content) >= WORTH_BYTES and _takes_gzip(asked.get("accept-encoding"))
        headers = {
            "ETag": f'{self.tag[:-1]}-{GZIP}"' if coded else self.tag,
            "Cache-Control": f"public, max-age={MAX_AGE_S}",
            "Vary": "Accept-Encoding",
        }
        if known_tags(asked.get("if-none-match")).match(self.tag):
            return Response(status_code=304, headers=headers)
        if coded:
            headers["Content-Encoding"] = GZIP
        return Response(self.compressed if coded else self.content, headers=headers, media_type="application/json")


class OpenTexts:
    """The latest texts of the process, so that each is compressed once."""

    def __init__(self) -> None:
        self._texts: dict[bytes, OpenJson] = {}

    def of(self, rows: Sequence[BaseModel]) -> OpenJson:
        content = b"[" + b",".join(row.model_dump_json(by_alias=True).encode() for row in rows) + b"]"
        if content not in self._texts:
            while len(self._texts) >= MOST:
                del self._texts[next(iter(self._texts))]
            self._texts[content] = OpenJson(content)
        return self._texts[content]


class OpenAnswer:
    """Answers one request with open JSON."""

    def __init__(self, request: Request, texts: OpenTexts) -> None:
        self._asked = request.headers
        self._texts = texts

    def of(self, rows: Sequence[BaseModel]) -> Response:
        return self._texts.of(rows).answer(self._asked)


async def _open_answer(request: Request, rt: RuntimeDep, _: NoneMatch) -> OpenAnswer:
    return OpenAnswer(request, rt.cache(OpenTexts))


OpenAnswerDep = Annotated[OpenAnswer, Depends(_open_answer)]


def _takes_gzip(header: str | None) -> bool:
    """Whether the caller accepts gzip (RFC 9110, section 12.5.3)."""
    weights = {}
    for part in (header or "").split(","):
        coding, _, parameters = part.partition(";")
        weights[coding.strip().lower()] = weight(parameters)
    return weights.get(GZIP, weights.get("x-gzip", weights.get("*", 0.0))) > 0
