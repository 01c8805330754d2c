"""Problem responses (RFC 9457) for errors of the application, the framework and the database."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.api.http.languages import preferred
from app.api.http.validation_texts import field_faults
from app.core import problems
from app.core.database import DATABASE_ERRORS, ConstraintError, StaleRowError, is_unavailable
from app.core.logging import where_raised
from app.core.problems import FieldFault, Language, Problem

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "2"
BY_STATUS = {
    404: problems.NOT_FOUND,
    405: problems.METHOD_NOT_ALLOWED,
    413: problems.BODY_TOO_LARGE,
    415: problems.UNSUPPORTED_MEDIA_TYPE,
}


def document(problem: Problem, language: Language, origin: str, request_id: str) -> dict[str, Any]:
    """The body of a problem, with the same members for every source."""
    body: dict[str, Any] = {
        "type": f"{origin}/problems/{problem.type.code}",
        "title": problem.type.title.in_(language),
        "status": problem.type.status,
        "code": problem.type.code,
        "instance": f"urn:uuid:{request_id}",
        "request_id": request_id,
    }
    if problem.detail is not None:
        body["detail"] = problem.detail.in_(language)
    if problem.faults:
        body["errors"] = [_fault(fault, language) for fault in problem.faults]
    return body | problem.extra


def _fault(fault: FieldFault, language: Language) -> dict[str, object]:
    known = {"limit": fault.limit, "allowed": list(fault.allowed) or None, "code_list": fault.code_list}
    shown = {"pointer": fault.pointer, "code": fault.code, "detail": fault.text.in_(language)}
    return shown | {name: value for name, value in known.items() if value is not None}


def response(problem: Problem, language: Language, origin: str, request_id: str) -> Response:
    content = json.dumps(document(problem, language, origin, request_id), ensure_ascii=False).encode()
    headers = {"Content-Language": language, "Cache-Control": "no-store", "Vary": "Accept-Language", **problem.headers}
    if problem.type.status == problems.NOT_SIGNED_IN.status:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="athd"')
    return Response(content, problem.type.status, headers, MEDIA_TYPE)


def _answer(request: Request, problem: Problem) -> Response:
    structlog.contextvars.bind_contextvars(code=problem.type.code)
    language = preferred(request.headers.get("accept-language"))
    origin: str = request.app.state.runtime.settings.origin
    return response(problem, language, origin, request.scope["athd.request_id"])


def from_database(error: Exception) -> Problem:
    """The problem for a database error; an unexpected error is 500."""
    if isinstance(error, StaleRowError):
        return problems.STALE()
    if is_unavailable(error):
        return _told(error, problems.UNAVAILABLE(headers={"Retry-After": RETRY_AFTER_S}))
    if isinstance(error, ConstraintError):
        return _told(error, problems.CONFLICT())
    return internal(error)


def _told(error: Exception, problem: Problem) -> Problem:
    """The problem; the log gets only the type and place of the cause, because its text may contain input."""
    log.warning("database", code=problem.type.code, error_type=type(error).__name__, where=where_raised(error))
    return problem


def internal(error: BaseException) -> Problem:
    log.error("defect", error_type=type(error).__name__, where=where_raised(error))
    return problems.INTERNAL()


def _from_framework(error: HTTPException) -> Problem:
    headers: Mapping[str, str] = error.headers or {}
    kept = {name: value for name, value in headers.items() if name.lower() == "allow"}
    return BY_STATUS.get(error.status_code, problems.BAD_REQUEST)(headers=kept)


def _body(request: Request) -> object:
    """The form of the body that the route accepts; None without one."""
    field = getattr(request.scope.get("route"), "body_field", None)
    return None if field is None else field.field_info.annotation


def add_problem_handlers(app: FastAPI) -> None:
    async def on_problem(request: Request, error: Exception) -> Response:
        return _answer(request, error if isinstance(error, Problem) else internal(error))

    async def on_validation(request: Request, error: Exception) -> Response:
        faults = field_faults(error.errors(), _body(request)) if isinstance(error, RequestValidationError) else ()
        return _answer(request, problems.INVALID(faults=faults))

    async def on_http(request: Request, error: Exception) -> Response:
        return _answer(request, _from_framework(error) if isinstance(error, HTTPException) else internal(error))

    async def on_database(request: Request, error: Exception) -> Response:
        return _answer(request, from_database(error))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    for kind in (*DATABASE_ERRORS, OSError, TimeoutError):
        app.add_exception_handler(kind, on_database)
