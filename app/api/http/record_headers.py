"""The headers that name a record, ETag and Location: a route asks for them, and so the document lists them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Response

from app.api.http.deps import entity_tag
from app.api.http.routing import PREFIX


class RecordHeaders:
    """Sets the headers of an answer."""

    def __init__(self, response: Response) -> None:
        self._headers = response.headers

    def tag(self, *parts: object) -> None:
        """The tag of what is shown: of the version, and of what the reader may see."""
        self._headers["ETag"] = entity_tag(*parts)

    def locate(self, path: str) -> None:
        """Where the new record is, below `/api/v1`."""
        self._headers["Location"] = f"{PREFIX}{path}"


async def _tagged(response: Response) -> RecordHeaders:
    return RecordHeaders(response)


async def _located(response: Response) -> RecordHeaders:
    return RecordHeaders(response)


async def _created(response: Response) -> RecordHeaders:
    return RecordHeaders(response)


Tagged = Annotated[RecordHeaders, Depends(_tagged)]
Located = Annotated[RecordHeaders, Depends(_located)]
Created = Annotated[RecordHeaders, Depends(_created)]
SENT: Mapping[Callable[..., Any], tuple[str, ...]] = {
    _tagged: ("ETag",),
    _located: ("Location",),
    _created: ("ETag", "Location"),
}
