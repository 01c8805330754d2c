"""The headers ETag and Location of a record: a dependency of the route, so the document lists them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.api.http.deps import entity_tag
from app.api.http.routing import APPLIED, MINIMAL, NO_CONTENT, PREFIX, prefers_minimal


class RecordHeaders:
    """Sets the headers of a response.

    `prefers_minimal` lets a route whose body is expensive to build answer with `without_body` instead.
    """

    def __init__(self, request: Request, response: Response) -> None:
        self.prefers_minimal = prefers_minimal(request)
        self._headers = response.headers

    def without_body(self) -> Response:
        return Response(None, NO_CONTENT, {**self._headers, APPLIED: MINIMAL})

    def tag(self, *parts: object) -> None:
        """Set the ETag, from the version and the reader's view."""
        self._headers["ETag"] = entity_tag(*parts)

    def locate(self, path: str) -> None:
        """Set the location of the new record, below `/api/v1`."""
        self._headers["Location"] = f"{PREFIX}{path}"


async def _tagged(request: Request, response: Response) -> RecordHeaders:
    return RecordHeaders(request, response)


async def _located(request: Request, response: Response) -> RecordHeaders:
    return RecordHeaders(request, response)


async def _created(request: Request, response: Response) -> RecordHeaders:
    return RecordHeaders(request, response)


Tagged = Annotated[RecordHeaders, Depends(_tagged)]
Located = Annotated[RecordHeaders, Depends(_located)]
Created = Annotated[RecordHeaders, Depends(_created)]
SENT: Mapping[Callable[..., Any], tuple[str, ...]] = {
    _tagged: ("ETag",),
    _located: ("Location",),
    _created: ("ETag", "Location"),
}
