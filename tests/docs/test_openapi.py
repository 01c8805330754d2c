"""The committed OpenAPI document is the one the application serves, and it is sound."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel

from app import schemas
from app.api.http.glossary import MEANINGS, describe_members
from app.api.http.operation_list import listed
from app.core.coded import codes_in
from app.main import create_app
from app.reference.tables import rows
from app.schemas.cases.flows import CASE_FLOW, INCIDENT_FLOW
from app.schemas.referrals.flow import REFERRAL_FLOW
from tests.world import settings_for

COMMITTED = Path(__file__).parents[2] / "openapi"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    made: dict[str, Any] = create_app(settings_for(tmp_path_factory.mktemp("openapi"), None)).openapi()
    return made


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [op for item in document["paths"].values() for method, op in item.items() if method in METHODS]


def test_the_committed_document_is_the_served_one(document: dict[str, Any]) -> None:
    written = json.loads((COMMITTED / "openapi.json").read_text("utf-8"))
    assert written == document, "run `make openapi` and review the difference"
    assert (COMMITTED / "operations.txt").read_text("utf-8") == listed(document)


def test_what_is_always_sent_is_required_and_states_are_named(document: dict[str, Any]) -> None:
    described = document["components"]["schemas"]
    for name in ("IncidentDetailOut", "CaseDetailOut", "PersonOut", "IntakeOut", "ReferralDetailOut", "UserOut"):
        assert set(described[name]["required"]) == set(described[name]["properties"]), name
    for name, flow in (("Incident", INCIDENT_FLOW), ("Case", CASE_FLOW), ("Referral", REFERRAL_FLOW)):
        members = described[f"{name}DetailOut"]["properties"]
        assert members["state"]["enum"] == list(flow.states)
        assert members["next_actions"]["items"] == {"$ref": "#/components/schemas/NextActionOut"}


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_a_member_means_what_the_glossary_says_unless_its_schema_says_more(document: dict[str, Any]) -> None:
    found = [
        (name, member.get("description"))
        for schema in document["components"]["schemas"].values()
        for name, member in schema.get("properties", {}).items()
    ]
    assert {name for name, meaning in MEANINGS.items() if (name, meaning) not in found} == set()
    own = {"at": {"properties": {"due_on": {"description": "Seven days later"}, "id": {}}}}
    describe_members(own)
    assert own["at"]["properties"] == {
        "due_on": {"description": "Seven days later"},
        "id": {"description": MEANINGS["id"]},
    }


def test_every_operation_has_a_name_of_its_own_a_tag_a_summary_and_problems(document: dict[str, Any]) -> None:
    found = operations(document)
    assert len({op["operationId"] for op in found}) == len(found)
    for op in found:
        assert op["tags"], op["operationId"]
        assert op["summary"], op["operationId"]
        assert any(code.startswith("4") for code in op["responses"]), op["operationId"]


def test_no_delete_has_a_body(document: dict[str, Any]) -> None:
    """RFC 9110 gives it no meaning, and proxies drop it: a reason comes with a POST."""
    deletes = [item["delete"] for item in document["paths"].values() if "delete" in item]
    assert deletes
    assert [op["operationId"] for op in deletes if "requestBody" in op] == []


def test_no_component_is_named_after_its_module(document: dict[str, Any]) -> None:
    """Two schemas of one name: those who generate a client would get a class with the name of our file."""
    names = [name for kind in document["components"].values() for name in kind]
    assert [name for name in names if "__" in name] == []


def test_the_tags_that_are_declared_are_those_that_are_used(document: dict[str, Any]) -> None:
    declared = [tag["name"] for tag in document["tags"]]
    assert len(declared) == len(set(declared))
    assert set(declared) == {tag for op in operations(document) for tag in op["tags"]}


# What they name is asked of the API itself: rules, classes and kinds of units.
CODE = "^[a-z0-9_]{1,60}$"
NO_CODE_LIST = {
    ("DueIn", "kinds"),
    ("LocalDeadlineIn", "rule_code"),
    ("LocalRetentionIn", "class_code"),
    ("UnitCreateIn", "kind"),
}


def bodies(document: dict[str, Any]) -> set[str]:
    """The schemas of JSON bodies that callers send."""
    contents = [op["requestBody"]["content"] for op in operations(document) if "requestBody" in op]
    kinds = [kind for content in contents for name, kind in content.items() if name.endswith("json")]
    return {kind["schema"]["$ref"].rsplit("/", 1)[-1] for kind in kinds}


@pytest.fixture(scope="module")
def models() -> dict[str, type[BaseModel]]:
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(schemas.__path__, "app.schemas.")]
    return {name: model for module in modules for name, model in vars(module).items()}


def test_every_body_has_an_example_of_its_own_that_is_accepted(
    document: dict[str, Any], models: dict[str, type[BaseModel]]
) -> None:
    known = {(row["list"], row["code"]) for row in rows("code_lists")}
    for name in bodies(document):
        assert "model_config" in vars(models[name]), name
        [example] = document["components"]["schemas"][name]["examples"]
        codes = codes_in(models[name].model_validate(example))
        assert {(each.list, each.code) for each in codes} <= known, name


def test_every_coded_member_names_its_code_list(document: dict[str, Any]) -> None:
    coded = {
        (name, member)
        for name, schema in document["components"]["schemas"].items()
        for member, described in schema.get("properties", {}).items()
        for one in parts(described)
        if one.get("pattern") == CODE and "enum" not in one and "x-code-list" not in one
    }
    assert coded == NO_CODE_LIST


def parts(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A member's schema and those inside it: alternatives, items, keys."""
    yield described
    inner = [
        *described.get("anyOf", []),
        *(described[name] for name in ("items", "propertyNames") if name in described),
    ]
    for one in inner:
        yield from parts(one)


def test_a_summary_says_more_than_its_operations_name(document: dict[str, Any]) -> None:
    said = [op["summary"] for op in operations(document)]
    assert all(said)
    assert [op["operationId"] for op in operations(document) if op["summary"] == spelt_out(op)] == []


def spelt_out(operation: dict[str, Any]) -> str:
    return str(operation["operationId"]).replace("_", " ").title()
