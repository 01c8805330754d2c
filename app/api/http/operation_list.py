"""One line per operation of the OpenAPI document, for reviewers."""

from collections.abc import Iterator, Mapping
from typing import Any

NOTHING = "-"


def listed(document: Mapping[str, Any]) -> str:
    """Method, path, operation id, right, body, status and answer of each operation, by path; `-` for none."""
    rows = (
        (
            method.upper(),
            path,
            operation["operationId"],
            operation.get("x-right", NOTHING),
            _content(operation.get("requestBody", {})),
            _answer(operation["responses"]),
        )
        for path, item in sorted(document["paths"].items())
        for method, operation in item.items()
    )
    # No aligned columns: one longer name would change every line.
    return "".join(f"{' '.join(row)}\n" for row in rows)


def _answer(responses: Mapping[str, Any]) -> str:
    """The first success, with its status."""
    status = min(code for code in responses if code.startswith("2"))
    return f"{status} {_content(responses[status])}"


def _content(described: Mapping[str, Any]) -> str:
    """The schema name of a JSON body or response; otherwise its media type, or `file` for several types."""
    contents = described.get("content", {})
    if len(contents) > 1:
        return "file"
    return (
        "".join("|".join(_names(each.get("schema", {}))) or media_type for media_type, each in contents.items())
        or NOTHING
    )


def _names(schema: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        yield schema["$ref"].rsplit("/", 1)[-1]
    elif "items" in schema:
        yield from (f"[{name}]" for name in _names(schema["items"]))
    else:
        for each in schema.get("anyOf", ()):
            yield from _names(each)
