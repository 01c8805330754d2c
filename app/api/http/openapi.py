"""The OpenAPI document: stable operation ids, problems instead of FastAPI's 422, rights and servers."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.http.answer_headers import COMPONENTS, describe_headers
from app.api.http.declared import Declared, declared_routes
from app.api.http.glossary import describe_members
from app.api.http.problem_responses import MEDIA_TYPE
from app.api.http.tags import described
from app.core.labels import LABELS
from app.schemas.problems import ProblemOut
from app.security.access.roles import CLIENT_SCOPES, MATRIX, scope_name

DESCRIPTION = """\
Nền tảng phối hợp nhà trường – gia đình – xã hội trong phòng, chống bạo lực học đường, tội phạm và tệ nạn xã hội.

Backend of a province's school safety programme. Errors are RFC 9457 problems with a stable `code`. Lists that
answer `items` are paged by an opaque cursor; the parts of one record come whole. Operations that list `If-Match` need
it; those that list `Idempotency-Key` take it.
"""
BODY_METHODS = {"post", "put", "patch"}
PROBLEM = {"$ref": "#/components/schemas/Problem"}


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
        servers=[{"url": "/"}],
        contact={"name": "An Toàn Học Đường"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    made["tags"] = described(made["paths"])
    schemas = made["components"]["schemas"]
    schemas["Problem"] = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schemas["Problem"].pop("$defs"))
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    describe_members(schemas)
    for name, schema in schemas.items():
        if "enum" in schema:
            schema[LABELS] = _snake(name)
    routes = {(d.method.lower(), d.path): d for d in declared_routes(app)}
    for path, item in made["paths"].items():
        for method, operation in item.items():
            operation["summary"] = operation["description"].split("\n")[0].removesuffix(".")
            route = routes[method, path]
            right = route.right
            if right is not None:
                roles = [role.value for role, has in MATRIX.items() if (right.act, right.resource) in has.acts]
                operation["x-right"] = f"{right.resource}:{right.act}"
                operation["x-roles"] = roles
                scope = scope_name(right.act, right.resource)
                if scope in CLIENT_SCOPES:
                    operation["security"].append({"client": [scope]})
            else:
                operation["security"] = []
            _answers(operation, method, signed_in=right is not None)
            minimal = route.may_be_minimal and method in BODY_METHODS
            describe_headers(operation, schemas, _sends(route, operation), minimal=minimal)
    made["components"]["headers"] = COMPONENTS
    made["components"].setdefault("securitySchemes", {})["client"] = {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": _scopes()}},
    }
    return made


def _snake(name: str) -> str:
    """The set of labels of an enumeration that is a component: its own name."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _sends(route: Declared, operation: dict[str, Any]) -> tuple[str, ...]:
    """The headers of a successful answer: a write that shows a record tags it."""
    shows = any("application/json" in answer.get("content", {}) for answer in operation["responses"].values())
    tagged = route.makes_record and route.method.lower() in BODY_METHODS and shows
    return (*route.sends, "ETag") if tagged and "ETag" not in route.sends else route.sends


def _scopes() -> dict[str, str]:
    """A description of each client scope."""
    named = (scope.split(":") for scope in CLIENT_SCOPES)
    return {f"{what}:{act}": f"{act} {what.replace('_', ' ')}s within its unit and below" for what, act in named}


def _answers(operation: dict[str, Any], method: str, *, signed_in: bool) -> None:
    answers = operation["responses"]
    codes = ["400", "414", "429", "503"]
    codes += ["401", "403"] if signed_in else []
    codes += ["404"] if any(each["in"] == "path" for each in operation.get("parameters", [])) else []
    if method in BODY_METHODS or "requestBody" in operation:
        codes += ["408", "409", "413", "422"]
        codes += ["415"] if "requestBody" in operation else []
    elif operation.get("parameters"):
        codes.append("422")
    if any(p["name"] == "If-Match" or p["name"] == "if-match" for p in operation.get("parameters", [])):
        codes += ["412", "428"]
    answers.pop("422", None)
    codes += [code for code in answers if code.startswith(("4", "5"))]
    for code in sorted(set(codes)):
        answers[code] = {"description": "Problem", "content": {MEDIA_TYPE: {"schema": PROBLEM}}}
