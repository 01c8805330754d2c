"""Request and response handling of a route: strict bodies, one commit, idempotency, `Prefer`."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from app.api.http.entity_tags import digest_tag
from app.api.http.unit_names import naming_units
from app.core import canonical_json, problems
from app.core.database import DATABASE_ERRORS, is_outdated
from app.core.settings import Settings
from app.core.strict_json import loads
from app.services.platform.idempotency import Answer, Idempotency
from app.services.platform.unit_of_work import OutdatedCacheError, UnitOfWork

PREFIX = "/api/v1"
# Of a request whose answer is wanted without its content: HEAD, which is routed as GET.
WITHOUT_CONTENT = "athd.without_content"
KEPT_HEADERS = ("etag", "location", "content-type", "content-language")
SUCCESS = range(200, 300)
OK, NO_CONTENT = 200, 204
APPLIED, MINIMAL = "Preference-Applied", "return=minimal"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """A request whose body is read within the limits and, if JSON, parsed strictly before any other code reads it."""

    async def prime(self, settings: Settings, media_type: str | None) -> None:
        """Read and check the body; without a media type only its length is checked.

        Raises 408, 413, 415 or `malformed_json` (400).
        """
        offered = self.headers.get("content-type")
        self._body = await self._read(settings)
        if not self._body or media_type is None:
            return
        if not _is(offered, media_type):
            raise problems.UNSUPPORTED_MEDIA_TYPE(headers={"Accept": media_type})
        if media_type.endswith("json"):
            self._json = loads(self._body)

    def meaning(self) -> bytes:
        """What the primed body says: canonical JSON, or the bytes of any other content."""
        if hasattr(self, "_json"):
            with suppress(ValueError):
                return b"json\n" + canonical_json.meaning(self._body, self._json).encode()
        return b"bytes\n" + self._body

    async def _read(self, settings: Settings) -> bytes:
        declared = self.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > settings.body_limit_bytes:
            raise problems.body_too_large(settings.body_limit_bytes)
        body = bytearray()
        try:
            async with asyncio.timeout(settings.body_timeout_s):
                async for chunk in self.stream():
                    body += chunk
                    if len(body) > settings.body_limit_bytes:
                        raise problems.body_too_large(settings.body_limit_bytes)
        except TimeoutError:
            raise problems.BODY_TIMEOUT(headers={"Connection": "close"}) from None
        except ClientDisconnect:
            raise problems.BAD_REQUEST() from None
        return bytes(body)


def _is(offered: str | None, media_type: str) -> bool:
    kind, *parameters = (offered or "").lower().split(";")
    charsets = [p.strip().removeprefix("charset=").strip('"') for p in parameters if p.strip().startswith("charset=")]
    return kind.strip() == media_type and all(c in {"utf-8", "utf8"} for c in charsets)


class Route(APIRoute):
    """Base of all routes. The endpoint runs in a unit of work, committed here after the response is rendered."""

    streams: ClassVar[bool] = False

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 — FastAPI's own
        super().__init__(path, naming_units(endpoint), **options)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        media_type = getattr(self.body_field.field_info, "media_type", None) if self.body_field else None
        known = _query_names(self.dependant)
        record, leaves_out = makes_record(self.dependant), may_be_minimal(self.dependant)

        async def route_handler(request: Request) -> Response:
            if not known.issuperset(request.query_params):
                raise _unknown_parameter(known)
            strict = StrictRequest(request.scope, request.receive)
            if not self.streams and (media_type or request.method in {"POST", "PUT"}):
                await strict.prime(request.app.state.runtime.settings, media_type)
            commit = partial(_committed, handle, strict, record=record, may_leave_out=leaves_out)
            response = await _again_if_outdated(commit, may_repeat=not self.streams)
            return _unread(response) if request.scope.get(WITHOUT_CONTENT) else response

        return route_handler


def _unread(response: Response) -> Response:
    """The answer to HEAD: a stream is not read, because nobody would see it."""
    return (
        Response(None, response.status_code, response.headers) if isinstance(response, StreamingResponse) else response
    )


async def no_record() -> None:
    """Declares that a write answers with no record: tokens, a secret shown once, what was asked for by POST."""


async def shown_once() -> None:
    """Declares that a write answers with a record and with a secret that is shown this once."""


NoRecord, ShownOnce = Depends(no_record), Depends(shown_once)


def makes_record(dependant: Dependant) -> bool:
    return all(each.call is not no_record for each in dependant.dependencies)


def may_be_minimal(dependant: Dependant) -> bool:
    """Whether `Prefer: return=minimal` is honoured: where what a body shows can be read again."""
    return all(each.call not in {no_record, shown_once} for each in dependant.dependencies)


async def _again_if_outdated(commit: Callable[[], Coroutine[Any, Any, Response]], *, may_repeat: bool) -> Response:
    """Run it once more where something remembered was outdated: a value of a cache, or a driver's known statements."""
    try:
        return await commit()
    except OutdatedCacheError:
        return await commit()
    except DATABASE_ERRORS as error:
        if not (may_repeat and is_outdated(error)):
            raise
        return await commit()


async def _committed(handle: Handler, request: StrictRequest, *, record: bool, may_leave_out: bool) -> Response:
    """The rendered response, after the commit of its unit of work."""
    try:
        response = _bare(await handle(request))
    except Replay as replay:
        return _replayed(replay.answer)
    work: UnitOfWork | None = getattr(request.state, "work", None)
    claim: Idempotency | None = getattr(request.state, "idempotency", None)
    if work is None:
        return response
    if record and request.method in WRITES:
        _tag(response)
    if claim is not None:
        await claim.commit(_kept(response))
    else:
        await (work.commit_read() if request.method in SAFE else work.commit())
    return _as_preferred(request, response) if may_leave_out else response


def content(media_type: str, kind: str) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of a successful response that is not JSON of a schema."""
    binary = {"contentMediaType": media_type} if media_type == "application/pdf" else {}
    return {200: {"content": {media_type: {"schema": {"type": kind, **binary}}}}}


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WRITES = frozenset({"POST", "PUT", "PATCH"})


class Replay(Exception):  # noqa: N818 — not an error
    """The request was answered before: return the same response."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def _query_names(dependant: Dependant) -> frozenset[str]:
    own = frozenset(parameter.alias for parameter in dependant.query_params)
    return own.union(*(_query_names(child) for child in dependant.dependencies))


def _unknown_parameter(known: frozenset[str]) -> problems.Problem:
    """Reject unknown parameters: a misspelt filter must not silently match everything."""
    allowed = tuple(sorted(known))
    names = ", ".join(allowed) or "–"
    text = (
        f"Tham số không được chấp nhận; chỉ nhận: {names}",
        f"Not a parameter of this operation, which knows: {names}",
    )
    return problems.BAD_REQUEST(faults=[problems.fault("query", "unknown_parameter", *text, allowed=allowed)])


def _kept(response: Response) -> Answer:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, headers, bytes(response.body).decode())


def _replayed(answer: Answer) -> Response:
    return Response(answer.body, answer.status, {**answer.headers, "Idempotent-Replayed": "true"})


def _bare(response: Response) -> Response:
    """Remove the media type that FastAPI sets even without a body."""
    if response.status_code == NO_CONTENT:
        del response.headers["content-type"]
    return response


def _tag(response: Response) -> None:
    """A record without a version has the tag of what is shown."""
    if "etag" not in response.headers and response.headers.get("content-type") == "application/json":
        response.headers["ETag"] = digest_tag(bytes(response.body))


def _as_preferred(request: Request, response: Response) -> Response:
    """RFC 7240 `return=minimal`: the same headers without a body."""
    writes = request.method in WRITES and response.status_code in SUCCESS
    if not writes or not prefers_minimal(request) or not _shows_one(response):
        return response
    kept = {n: v for n, v in response.headers.items() if n not in {"content-length", "content-type"}}
    status = NO_CONTENT if response.status_code == OK else response.status_code
    return Response(None, status, {**kept, APPLIED: MINIMAL})


def prefers_minimal(request: Request) -> bool:
    return MINIMAL in {p.strip().lower() for p in request.headers.get("prefer", "").split(",")}


def _shows_one(response: Response) -> bool:
    """Whether the body is one object, and no list or file."""
    return response.headers.get("content-type") == "application/json" and bytes(response.body).startswith(b"{")
