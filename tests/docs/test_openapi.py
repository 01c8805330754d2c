"""The committed OpenAPI document is the one the application serves, and it is sound."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from app.main import create_app
from app.services.flows import CASE_FLOW, INCIDENT_FLOW, REFERRAL_FLOW
from tests.world import settings_for

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    made: dict[str, Any] = create_app(settings_for(tmp_path_factory.mktemp("openapi"), None)).openapi()
    return made


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [op for item in document["paths"].values() for method, op in item.items() if method in METHODS]


def test_the_committed_document_is_the_served_one(document: dict[str, Any]) -> None:
    assert json.loads(COMMITTED.read_text("utf-8")) == document, "run `make openapi` and review the difference"


def test_what_is_always_sent_is_required_and_states_are_named(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("IncidentDetailOut", "CaseDetailOut", "PersonOut", "IntakeOut", "ReferralDetailOut", "UserOut"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"]), name
    for name, flow in (("Incident", INCIDENT_FLOW), ("Case", CASE_FLOW), ("Referral", REFERRAL_FLOW)):
        members = schemas[f"{name}DetailOut"]["properties"]
        assert members["state"]["enum"] == list(flow.states)
        assert members["next_actions"]["items"]["enum"] == list(flow.actions)


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_operation_has_a_name_of_its_own_a_tag_a_summary_and_problems(document: dict[str, Any]) -> None:
    found = operations(document)
    assert len({op["operationId"] for op in found}) == len(found)
    for op in found:
        assert op["tags"], op["operationId"]
        assert op["summary"], op["operationId"]
        assert any(code.startswith("4") for code in op["responses"]), op["operationId"]


def test_no_component_is_named_after_its_module(document: dict[str, Any]) -> None:
    """Two schemas of one name: those who generate a client would get a class with the name of our file."""
    names = [name for kind in document["components"].values() for name in kind]
    assert [name for name in names if "__" in name] == []


def test_the_tags_that_are_declared_are_those_that_are_used(document: dict[str, Any]) -> None:
    declared = [tag["name"] for tag in document["tags"]]
    assert len(declared) == len(set(declared))
    assert set(declared) == {tag for op in operations(document) for tag in op["tags"]}
