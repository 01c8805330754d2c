"""The media type of merge-patches, and streamed bodies above the general size limit."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.api.http.routing import Route
from app.core import problems
from app.core.settings import Settings

MERGE_PATCH = "application/merge-patch+json"
CLOSE = {"Connection": "close"}


class StreamedRoute(Route):
    """A route whose endpoint reads the body itself with `streamed`, within its own limits."""

    streams = True


def declared_length(request: Request, limit: int) -> int:
    """The declared length of a body, 0 if none. Raises `body_too_large` (413) before reading."""
    declared = request.headers.get("content-length", "0")
    length = int(declared) if declared.isdigit() else 0
    if length > limit:
        raise problems.body_too_large(limit)
    return length


async def streamed(request: Request, settings: Settings) -> AsyncIterator[bytes]:
    """The body in chunks. Raises `body_timeout` (408) if a chunk or the whole body is too slow."""
    pieces = request.stream()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + settings.attachment_timeout_s
    try:
        while True:
            async with asyncio.timeout_at(min(deadline, loop.time() + settings.body_timeout_s)):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece
    except TimeoutError:
        raise problems.BODY_TIMEOUT(headers=CLOSE) from None
    except ClientDisconnect:
        raise problems.BAD_REQUEST() from None
