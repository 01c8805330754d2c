"""The headers ETag and Location of a record: a dependency of the route, so the document lists them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Response

from app.api.http.deps import entity_tag
from app.api.http.routing import PREFIX


class RecordHeaders:
    """Sets the headers of a response."""

    def __init__(self, response: Response) -> None:
        self._headers = response.headers

    def tag(self, *parts: object) -> None:
        """Set the ETag, from the version and the reader's view."""
        self._headers["ETag"] = entity_tag(*parts)

    def locate(self, path: str) -> None:
        """Set the location of the new record, below `/api/v1`."""
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
