"""What a fault says: the members and words that are allowed, the number of a limit, and never the input."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.reference.tables import rows
from tests.attack.malformed import PARAMETER, SOME_ID
from tests.factories.http import API, ok, read_etag
from tests.isolation.actors import everyone
from tests.world import Client, World

CANARY = "kyhieubimat"


@dataclass(frozen=True)
class Wrong:
    """A wrong value at a place of a body, and what its fault says beside code and text."""

    pointer: str
    body: object
    code: str
    allowed: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    roles: tuple[str, ...]
    media_type: str
    body: dict[str, Any]
    parameters: list[dict[str, Any]]


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, each in item.items():
            content = each.get("requestBody", {}).get("content", {})
            media_type = next((name for name in content if name.endswith("json")), "")
            yield Operation(
                each["operationId"],
                method.upper(),
                PARAMETER.sub(SOME_ID, path),
                tuple(each.get("x-roles", ())),
                media_type,
                content.get(media_type, {}).get("schema", {}),
                each.get("parameters", []),
            )


class Schemas:
    """Wrong values by the document's own schemas."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.named = document["components"]["schemas"]

    def wrong(self, schema: dict[str, Any]) -> Iterator[Wrong]:
        """Wrong bodies of a form."""
        yield from self._inside(schema, "")

    def _inside(self, schema: dict[str, Any], pointer: str) -> Iterator[Wrong]:
        for each in self._variants(schema):
            if "properties" in each and each.get("additionalProperties") is False:
                yield Wrong(pointer, {CANARY: CANARY}, "extra_forbidden", tuple(sorted(each["properties"])))
                for name, member in each["properties"].items():
                    for wrong in self._inside(member, f"{pointer}/{name}"):
                        yield _within(wrong, {name: wrong.body})
            elif each.get("type") == "array":
                yield from self._items(each, pointer)
            elif "discriminator" in each:
                yield from self._tagged(each, pointer)
            else:
                yield from scalars(each, pointer)

    def _items(self, schema: dict[str, Any], pointer: str) -> Iterator[Wrong]:
        if "maxItems" in schema:
            yield Wrong(pointer, [CANARY] * (schema["maxItems"] + 1), "too_long", limit=schema["maxItems"])
        for wrong in self._inside(schema["items"], f"{pointer}/0"):
            yield _within(wrong, [wrong.body])

    def _tagged(self, schema: dict[str, Any], pointer: str) -> Iterator[Wrong]:
        """What is wrong in one of several forms: a member of the body says which it is."""
        name, tags = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
        forms = [form["$ref"] for form in schema["oneOf"]]
        in_order = sorted(tags, key=lambda tag: forms.index(tags[tag]))
        yield Wrong(f"{pointer}/{name}", {name: CANARY}, "unknown_code", tuple(in_order))
        for tag in in_order:
            for wrong in self._inside({"$ref": tags[tag]}, pointer):
                yield _within(wrong, wrong.body | {name: tag})  # type: ignore[operator]

    def _variants(self, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "$ref" in schema:
            yield from self._variants(self.named[schema["$ref"].rsplit("/", 1)[-1]])
        elif "anyOf" in schema:
            for each in schema["anyOf"]:
                yield from self._variants(each)
        else:
            yield schema


def _within(wrong: Wrong, body: object) -> Wrong:
    return Wrong(wrong.pointer, body, wrong.code, wrong.allowed, wrong.limit)


def scalars(schema: dict[str, Any], pointer: str) -> Iterator[Wrong]:
    if "enum" in schema:
        yield Wrong(pointer, CANARY, "unknown_code", tuple(schema["enum"]))
    elif schema.get("type") == "string" and "maxLength" in schema and "pattern" not in schema:
        text = CANARY * (schema["maxLength"] // len(CANARY) + 1)
        yield Wrong(pointer, text, "string_too_long", limit=schema["maxLength"])
    elif schema.get("type") == "integer":
        if "maximum" in schema:
            yield Wrong(pointer, int(schema["maximum"]) + 1, "less_than_equal", limit=int(schema["maximum"]))
        if "minimum" in schema:
            yield Wrong(pointer, int(schema["minimum"]) - 1, "greater_than_equal", limit=int(schema["minimum"]))


def said(problem: dict[str, Any], wrong: Wrong) -> dict[str, Any]:
    """The fault at a place; an enumeration is refused by one of three codes."""
    codes = {"unknown_code", "enum", "literal_error"} if wrong.code == "unknown_code" else {wrong.code}
    found = [each for each in problem["errors"] if each["pointer"] == wrong.pointer and each["code"] in codes]
    assert len(found) == 1, (wrong.pointer, problem)
    fault: dict[str, Any] = found[0]
    return fault


def check(problem: dict[str, Any], wrong: Wrong) -> None:
    fault = said(problem, wrong)
    assert CANARY not in str(problem)
    assert tuple(fault.get("allowed", ())) == wrong.allowed, wrong.pointer
    assert fault.get("limit") == wrong.limit, wrong.pointer
    for part in (*wrong.allowed, *([str(wrong.limit)] if wrong.limit is not None else [])):
        assert part in fault["detail"]


@pytest.fixture
async def clients(world: World) -> dict[str, Client]:
    """A client of each role; without a role, somebody without an account."""
    return {"": world.anonymous} | {actor.role: actor.client for actor in await everyone(world)}


def client_of(operation: Operation, clients: dict[str, Client]) -> Client:
    return clients[operation.roles[0] if operation.roles else ""]


async def test_every_fault_of_a_body_says_what_is_allowed(world: World, clients: dict[str, Client]) -> None:
    document = world.app.openapi()
    tried = 0
    for operation in operations(document):
        if not operation.media_type:
            continue
        headers = {"Content-Type": operation.media_type, "If-Match": '"1.3"'}
        for number, wrong in enumerate(Schemas(document).wrong(operation.body)):
            language = ("vi", "en")[number % 2]
            answer = await client_of(operation, clients).call(
                operation.method, operation.path, json=wrong.body, headers=headers | {"Accept-Language": language}
            )
            assert answer.status_code == 422, (operation.name, wrong.pointer, answer.text)
            check(answer.json(), wrong)
            tried += 1
    assert tried > 200


async def test_every_fault_of_a_parameter_says_what_is_allowed(world: World, clients: dict[str, Client]) -> None:
    tried = 0
    for operation in operations(world.app.openapi()):
        client = client_of(operation, clients)
        asked = [each for each in operation.parameters if each["in"] == "query"]
        unknown = await client.call(operation.method, operation.path, params={CANARY: CANARY})
        names = tuple(sorted(each["name"] for each in asked))
        check(unknown.json(), Wrong("query", None, "unknown_parameter", names))
        for each in asked:
            variants = each["schema"].get("anyOf", [each["schema"]])
            for wrong in (found for schema in variants for found in scalars(schema, each["name"])):
                answer = await client.call(operation.method, operation.path, params={each["name"]: str(wrong.body)})
                check(answer.json(), wrong)
                tried += 1
    assert tried > 20


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_an_unknown_code_names_its_list_and_the_codes_of_a_short_one(school_a1: Client, language: str) -> None:
    body = {"source_channel": "in_person", "group": CANARY, "forms": [CANARY], "narrative": "Chuyện bịa"}
    answer = await school_a1.post(f"{API}/intakes", body, headers={"Accept-Language": language})
    problem = answer.json()
    short = said(problem, Wrong("/group", None, "unknown_code"))
    groups = [row["code"] for row in rows("code_lists") if row["list"] == "incident_group"]
    assert (short["code_list"], short["allowed"]) == ("incident_group", groups)
    long = said(problem, Wrong("/forms/0", None, "unknown_code"))
    assert (long["code_list"], "allowed" in long) == ("incident_form", False)
    assert "/api/v1/code-lists?list=incident_form" in long["detail"]
    assert CANARY not in answer.text
    assert ok(await school_a1.get(f"{API}/code-lists", params={"list": long["code_list"]}))


async def test_a_body_that_is_too_large_is_refused_with_the_greatest_length(world: World, school_a1: Client) -> None:
    most = world.runtime.settings.body_limit_bytes
    answer = await school_a1.post(f"{API}/intakes", {"narrative": "x" * most})
    assert (answer.status_code, answer.json()["limit"]) == (413, most)
    assert str(most) in answer.json()["detail"]


async def test_a_step_that_is_not_open_names_the_state_and_the_open_steps(school_a1: Client) -> None:
    intake = await school_a1.create_intake()
    path = f"{API}/incidents/{intake['incident_id']}"
    headers = {"If-Match": await read_etag(school_a1, path), "Accept-Language": "vi"}
    problem = (await school_a1.post(f"{path}/transitions", {"action": "monitor"}, headers=headers)).json()
    assert (problem["code"], problem["state"]) == ("wrong_state", "received")
    assert problem["open_steps"] == ["acknowledge", "dismiss"]
    for label in ("Mới tiếp nhận", "Xác nhận tiếp nhận", "Không thụ lý"):
        assert label in problem["detail"]
    reason = {"reason": "junk", "note": "Thử"}
    linked = (await school_a1.post(f"{API}/intakes/{intake['id']}/set-asides", reason)).json()
    assert (linked["state"], linked["open_steps"]) == ("linked", ["forward", "hand_back"])


async def test_whoever_may_not_read_a_record_hears_nothing_of_its_state(school_a1: Client, school_a2: Client) -> None:
    path = f"{API}/incidents/{(await school_a1.create_intake())['incident_id']}"
    answer = await school_a2.post(f"{path}/transitions", {"action": "monitor"}, headers={"If-Match": '"1.3"'})
    assert answer.status_code == 404
    assert not {"state", "open_steps"} & answer.json().keys()
