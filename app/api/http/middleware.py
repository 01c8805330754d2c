"""One ASGI middleware around every request: request id, access log, metrics, headers, unexpected errors."""

import re
import time
from contextlib import suppress
from urllib.parse import unquote_to_bytes
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.http.languages import preferred
from app.api.http.problem_responses import internal, response
from app.api.http.routing import PREFIX, WITHOUT_CONTENT
from app.core import problems
from app.core.ids import new_id
from app.core.problems import Problem
from app.core.settings import Settings

log = structlog.get_logger()
MAX_TARGET_BYTES = 4096
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-site",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
UUID_TEXT = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# A log line would show the second of an anonymous request.
UNLOGGED = f"{PREFIX}/public/"
REQUESTS = Counter("athd_http_requests_total", "Requests answered", ["method", "route", "status"])
DURATION = Histogram("athd_http_request_seconds", "Time to answer", ["method", "route"])


class RequestContext:
    """The outermost layer. The log contains only the method and the route template, no caller input."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, headers = scope["method"], Headers(scope=scope)
        if method == "HEAD":
            # As GET, content apart (RFC 9110, section 9.3.2). The server's own scope stays: it counts the content.
            scope = {**scope, "method": "GET", WITHOUT_CONTENT: True}
        scope["athd.request_id"] = _request_id(headers)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=scope["athd.request_id"])
        answer = _Answer(send, scope, self.settings)
        started = time.perf_counter()
        try:
            await self._answer(scope, receive, answer, headers)
        finally:
            _account(scope, method, answer.status, time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer", headers: Headers) -> None:
        try:
            _check_target(scope)
            await self.app(scope, receive, answer)
        except Exception as error:
            if answer.status:
                raise
            problem = error if isinstance(error, Problem) else internal(error)
            language = preferred(headers.get("accept-language"))
            reply = response(problem, language, self.settings.origin, scope["athd.request_id"])
            with suppress(OSError):
                await reply(scope, receive, answer)


class _Answer:
    """Adds the headers to the first message of a response and records its status."""

    def __init__(self, send: Send, scope: Scope, settings: Settings) -> None:
        self._send = send
        self._scope = scope
        self._settings = settings
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._scope["athd.request_id"]
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            for name, value in self._scope.get("athd.headers", {}).items():
                headers.setdefault(name, value)
            if self._settings.environment != "production":
                headers["X-Environment"] = self._settings.environment
            allowed = headers.get("Allow", "")
            if "GET" in allowed and "HEAD" not in allowed:
                headers["Allow"] = f"{allowed}, HEAD"
        elif self._scope.get(WITHOUT_CONTENT):
            message = {**message, "body": b""}
        await self._send(message)


def _request_id(headers: Headers) -> str:
    offered = headers.get("x-request-id", "").lower()
    return str(UUID(offered)) if UUID_TEXT.fullmatch(offered) else str(new_id())


def _check_target(scope: Scope) -> None:
    query: bytes = scope.get("query_string", b"")
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    if len(query) + len(raw) > MAX_TARGET_BYTES:
        raise problems.URI_TOO_LONG(extra={"limit": MAX_TARGET_BYTES})
    for part in (raw, query):
        decoded = unquote_to_bytes(part)
        if b"\0" in decoded:
            raise problems.BAD_REQUEST()
        try:
            decoded.decode("utf-8")
        except UnicodeDecodeError:
            raise problems.BAD_REQUEST() from None


def _route(scope: Scope) -> str:
    """The path template, with the prefix of the router."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    return str(getattr(context or scope.get("route"), "path", None) or "unmatched")


def _account(scope: Scope, method: str, status: int, seconds: float) -> None:
    route = _route(scope)
    method = method if method in METHODS else "OTHER"
    REQUESTS.labels(method, route, status).inc()
    DURATION.labels(method, route).observe(seconds)
    if route.startswith(UNLOGGED):
        return
    log.info("request", method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1))
