"""Response headers in the OpenAPI document. The tests compare every response with it."""

from typing import Any

TEXT = {"type": "string"}
COMPONENTS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {"description": "Names this request in our logs", "schema": {"type": "string", "format": "uuid"}},
    "RateLimit-Policy": {"description": "The caller's rate (IETF draft)", "schema": TEXT},
    "RateLimit": {
        "description": "Of a signed-in caller: what is left, for how many seconds (IETF draft)",
        "schema": TEXT,
    },
    "ETag": {"description": "The strong tag of what is shown: send it as If-Match or If-None-Match", "schema": TEXT},
    "Location": {"description": "Where the new record is", "schema": {"type": "string", "format": "uri-reference"}},
    "Link": {"description": 'The next page, `rel="next"` (RFC 8288); missing on the last', "schema": TEXT},
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "How to sign in (RFC 9110)", "schema": TEXT},
    "Idempotent-Replayed": {
        "description": "`true` where the first answer to this key is repeated",
        "schema": {"type": "string", "const": "true"},
    },
    "Preference-Applied": {"description": "`return=minimal`, where it was preferred (RFC 7240)", "schema": TEXT},
    "Accept-Ranges": {"description": "`bytes`: ranges are served (RFC 9110)", "schema": TEXT},
    "Content-Range": {"description": "Which part this is, or the whole size (RFC 9110)", "schema": TEXT},
    "Content-Disposition": {"description": "A file name without a person in it", "schema": TEXT},
}
EVERYWHERE = ("X-Request-ID", "RateLimit-Policy", "RateLimit")
OF_STATUS = {
    "401": ("WWW-Authenticate",),
    "206": ("Content-Range",),
    "416": ("Content-Range",),
    "409": ("Retry-After",),  # where a twin of the request is still under way
    "412": ("ETag",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
MEMBER = "x-sends"
# For the `openapi_extra` of a route that builds its own answer: what its success carries.
TAGGED: dict[str, Any] = {MEMBER: ("ETag",)}
STREAMED: dict[str, Any] = {MEMBER: ("ETag", "Content-Disposition", "Accept-Ranges")}
NAMED: dict[str, Any] = {MEMBER: ("Content-Disposition",)}
PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "schema": TEXT,
    "description": "`return=minimal` leaves the body out: 204, or 201 without one (RFC 7240)",
}


def describe_headers(
    operation: dict[str, Any], schemas: dict[str, Any], sends: tuple[str, ...], *, minimal: bool
) -> None:
    """Add the headers of each response, and 204 where the caller may prefer no body."""
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        if parameter["name"].lower() == "if-match":
            parameter.update(name="If-Match", required=True, schema={"type": "string", "examples": ['"1.3"']})
    own = [*sends, *operation.pop(MEMBER, ()), *_sent_for({parameter["name"] for parameter in parameters})]
    answers = operation["responses"]
    if minimal and _shows_one(answers, schemas):
        parameters.append(PREFER)
        own.append("Preference-Applied")
        if "200" in answers:
            answers["204"] = {"description": "Done, without a body, as preferred"}
    for code, answer in answers.items():
        more = (*(own if code.startswith(("2", "3")) else ()), *OF_STATUS.get(code, ()))
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in (*EVERYWHERE, *more)}
    if not parameters:
        del operation["parameters"]


def _sent_for(parameters: set[str]) -> list[str]:
    return [
        *(["Link"] if "cursor" in parameters else []),
        *(["Idempotent-Replayed"] if "Idempotency-Key" in parameters else []),
    ]


def _shows_one(answers: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether the success is one object, and no list or file."""
    answer = next(answer for code, answer in answers.items() if code.startswith("2"))
    shown = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    return bool(schemas.get(shown.rsplit("/", 1)[-1], {}).get("properties"))
