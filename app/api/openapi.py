"""The OpenAPI document: stable operation ids, problems instead of FastAPI's own 422, rights and servers."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.declared import declared_routes
from app.api.problem_responses import MEDIA_TYPE
from app.schemas.problems import ProblemOut
from app.security.roles import CLIENT_SCOPES, MATRIX, scope_name

DESCRIPTION = """\
Nền tảng phối hợp nhà trường – gia đình – xã hội trong phòng, chống bạo lực học đường, tội phạm và tệ nạn xã hội.

Backend of a province's school safety programme. Errors are RFC 9457 problems with a stable `code`. Lists that
answer `items` are paged by an opaque cursor; the parts of one record come whole. Operations that list `If-Match` need
it; those that list `Idempotency-Key` take it.
"""
TAGS = {
    "public": "What anyone may call, without an account",
    "auth": "Signing in and out",
    "intakes": "What informants say (Decree 56/2017, Mẫu 01)",
    "incidents": "Events, their persons, severity, state, timeline and sharing",
    "cases": "One child's assessment, plan, reviews and closure (Decree 56/2017)",
    "clocks": "What is due by law, escalations, the rules behind them and the calendar",
    "audit": "Who saw and changed what",
    "notices": "What waits for the caller's unit",
    "referrals": "Incidents told to hotlines and agencies, and by them",
    "reference": "Hotlines and code lists",
    "units": "Ministry, departments, bureaus, communes, schools, agencies, on any day",
    "users": "Accounts of people and systems",
    "operations": "Health, version, problem types, keys",
}
BODY_METHODS = {"post", "put", "patch"}
PROBLEM = {"$ref": "#/components/schemas/Problem"}
PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "`return=minimal` leaves the body out (RFC 7240)",
}


def _header(text: str, **schema: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string", **schema}}


HEADER_TEXTS = {
    "X-Request-ID": _header("Names this request in our logs", format="uuid"),
    "RateLimit": _header("What is left of the caller's rate"),
    "RateLimit-Policy": _header("The caller's rate"),
    "Idempotent-Replayed": _header("`true` where the first answer to this key is repeated"),
    "Preference-Applied": _header("`return=minimal` where it was"),
    "Link": _header('The next page, `rel="next"`'),
    "ETag": _header("The strong tag of what is shown; send it as If-Match"),
}
HEADERS = {
    "X-Request-ID": {"description": "Names this request in our logs", "schema": {"type": "string", "format": "uuid"}}
}


def describe(app: FastAPI) -> None:
    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def document(app: FastAPI) -> dict[str, Any]:
    """The document as committed in openapi/: the same on every machine."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        servers=[{"url": "/"}],
        contact={"name": "An Toàn Học Đường"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    schemas = made["components"]["schemas"]
    schemas["Problem"] = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schemas["Problem"].pop("$defs"))
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    rights = {(d.method.lower(), d.path): d.right for d in declared_routes(app)}
    for path, item in made["paths"].items():
        for method, operation in item.items():
            right = rights.get((method, path))
            if right is not None:
                roles = [role.value for role, has in MATRIX.items() if (right.act, right.resource) in has.acts]
                operation["x-right"] = f"{right.resource}:{right.act}"
                operation["x-roles"] = roles
                scope = scope_name(right.act, right.resource)
                if scope in CLIENT_SCOPES:
                    operation["security"].append({"client": [scope]})
            else:
                operation["security"] = []
            _answers(operation, method, path, signed_in=right is not None)
            _manners(operation, method)
    made["components"].setdefault("securitySchemes", {})["client"] = {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": dict.fromkeys(CLIENT_SCOPES, "")}},
    }
    return made


def _answers(operation: dict[str, Any], method: str, path: str, *, signed_in: bool) -> None:
    answers = operation["responses"]
    codes = ["400", "414", "429", "503"]
    codes += ["401", "403"] if signed_in else []
    codes += ["401"] if "/auth/" in path or "/oauth/" in path else []
    codes += ["404"] if "{" in path or path.endswith("/status") else []
    if method in BODY_METHODS:
        codes += ["409", "422"]
        codes += ["408", "413", "415"] if "requestBody" in operation else []
    elif operation.get("parameters"):
        codes.append("422")
    if any(p["name"] == "If-Match" or p["name"] == "if-match" for p in operation.get("parameters", [])):
        codes += ["412", "428"]
    answers.pop("422", None)
    for code in sorted(set(codes)):
        answers[code] = {
            "description": "Problem",
            "headers": HEADERS,
            "content": {MEDIA_TYPE: {"schema": PROBLEM}},
        }


def _manners(operation: dict[str, Any], method: str) -> None:
    """What the framework cannot know of: a header that is owed, an answer without a body, and the headers we send."""
    parameters = operation.setdefault("parameters", [])
    names = {parameter["name"].lower() for parameter in parameters}
    for parameter in parameters:
        if parameter["name"].lower() == "if-match":
            parameter.update(required=True, schema={"type": "string", "examples": ['"1.3"']})
    if method in BODY_METHODS and "200" in operation["responses"]:
        parameters.append(PREFER)
        operation["responses"]["204"] = {"description": "The same, without a body, as preferred"}
    for code, answer in operation["responses"].items():
        if code.startswith("2"):
            answer["headers"] = {name: HEADER_TEXTS[name] for name in _sent(method, code, names)}
    if not parameters:
        del operation["parameters"]


def _sent(method: str, code: str, names: set[str]) -> Iterator[str]:
    yield from ("X-Request-ID", "RateLimit", "RateLimit-Policy")
    if "idempotency-key" in names:
        yield "Idempotent-Replayed"
    if method in BODY_METHODS and code in {"201", "204"}:
        yield "Preference-Applied"
    if "cursor" in names:
        yield "Link"
    if "if-match" in names or "if-none-match" in names:
        yield "ETag"
