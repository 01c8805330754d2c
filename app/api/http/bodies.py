"""The media type of changes; and bodies that are read as they come, beyond the general body limit."""

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
    """A route whose endpoint reads the body itself, by `streamed`, within limits that it names."""

    streams = True


def declared_length(request: Request, limit: int) -> int:
    """The length that a body says it has, 0 if none. Raises `body_too_large` (413) before a byte of it is read."""
    declared = request.headers.get("content-length", "0")
    length = int(declared) if declared.isdigit() else 0
    if length > limit:
        raise problems.BODY_TOO_LARGE(headers=CLOSE)
    return length


async def streamed(request: Request, settings: Settings) -> AsyncIterator[bytes]:
    """The body, a piece at a time. Raises `body_timeout` (408) where it stalls, or takes too long in all."""
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
