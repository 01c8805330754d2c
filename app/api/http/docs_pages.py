"""The API documentation at /docs (Swagger UI) and /redoc, from local files: no other host is contacted."""

import json
from collections.abc import Awaitable, Callable
from functools import cache
from os import PathLike, stat_result
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.api.http.open_json import OpenJson

FILES = Path(__file__).parents[2] / "static" / "docs"
# Both set style attributes and <style> elements from scripts, so only styles may be inline.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# Redoc's search runs in a worker created from its own script; the worker inherits this policy.
REDOC_POLICY = f"{POLICY}; worker-src blob:"


def add_docs(app: FastAPI) -> None:
    """Add /openapi.json, /docs, /redoc and /static/docs. FastAPI's own are off."""
    app.add_route("/openapi.json", _document(app), include_in_schema=False)
    app.add_route("/docs", _page("swagger-ui.html", POLICY), include_in_schema=False)
    app.add_route("/redoc", _page("redoc.html", REDOC_POLICY), include_in_schema=False)
    app.mount("/static/docs", _Files(directory=FILES))


def _page(name: str, policy: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(_: Request) -> Response:
        return FileResponse(FILES / name, headers=_headers(policy, "no-cache"))

    return page


def _document(app: FastAPI) -> Callable[[Request], Awaitable[Response]]:
    @cache
    def text() -> OpenJson:
        return OpenJson(json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode())

    async def document(request: Request) -> Response:
        return text().answer(request.headers)

    return document


class _Files(StaticFiles):
    def file_response(
        self, full_path: PathLike[str] | str, stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_headers("default-src 'none'", "public, max-age=3600"))
        return response


def _headers(policy: str, cache: str) -> dict[str, str]:
    return {"Content-Security-Policy": policy, "Cache-Control": cache, "X-Content-Type-Options": "nosniff"}
