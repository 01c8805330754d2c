"""Every coded value has a label in both languages, and every label a value."""

import importlib
import pkgutil
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest
from fastapi import FastAPI

import app as application
from app.api.http.incident_answers import ACTS as INCIDENT
from app.api.intakes.intakes import ACTS as INTAKE
from app.api.referrals import ACTS as REFERRAL
from app.api.reports.acting_signers import ACTS as SIGNER
from app.api.reports.documents import ACTS as ISSUANCE
from app.api.reports.periods import ACTS as PERIOD
from app.api.reports.reports import ACTS as REPORT
from app.api.reports.reports import SECTION_ACTS as SECTION
from app.api.reports.urgent_reports import ACTS as URGENT
from app.core.problems import CATALOGUE
from app.core.scoping import Tier
from app.models.cases.events import EventKind
from app.models.notices.kinds import NOTICES
from app.reference.tables import rows
from app.repositories.reports.sources.registry import CountedBy
from app.security.access.principal import Pending
from app.security.access.roles import Role
from app.services.cases.decision_level import LEVEL_ABOVE, SECOND_PERSON
from app.services.cases.searches import Meaning
from app.services.setup.events import BEGINNINGS, EVENTS
from app.services.setup.flows import FLOWS
from app.services.setup.labels import REFERENCE, all_labels
from app.services.work.work import ALL_WORK
from tests.factories.http import API, ok
from tests.world import World

ACTS = (INCIDENT, INTAKE, REFERRAL, PERIOD, SIGNER, REPORT, SECTION, ISSUANCE, URGENT)
# Words that people read beside those that the document enumerates.
BESIDE: dict[str, set[str]] = {
    "clock_start": set(BEGINNINGS - EVENTS),
    "counted_by": {str(each) for each in CountedBy},
    "decision_way": {LEVEL_ABOVE, SECOND_PERSON},
    "event_kind": set(EVENTS),
    "notice_kind": set(NOTICES),
    "other_action": {act for acts in ACTS for act in acts.operations.keys() - set(acts.flow.actions)},
    "pending": {str(each) for each in Pending},
    "problem": set(CATALOGUE),
    # A form of a union has one kind, which is no enumeration.
    "report_item_kind": {"narrative", "evidence", "indicator", "table"},
    "role": {str(each) for each in Role},
    "search_meaning": {str(each) for each in Meaning},
    "tier": {str(int(each)) for each in Tier},
    "work_kind": {each.kind for each in ALL_WORK},
    "void_reason": {"merged", "closed", "dismissed", "reopened", "regraded", "waived", "set_aside", "destroyed"},
}
# Enumerations that no answer shows.
INTERNAL = {
    "AccessClass": "of a table",
    "Act": "part of a right",
    "ElevationReason": "in the audit log alone, for operators",
    "Fate": "names the members of `rows` of an upload",
    "JobKind": "of the worker",
    "Policy": "of the rate limit",
    "Reach": "of a role",
    "Resource": "part of a right",
    "SubjectKind": "of a token",
    "Tally": "of a computed source",
}


def enumerations(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema of the document with an enumeration or a set of labels."""
    if isinstance(node, dict):
        if isinstance(node.get("enum"), list) or isinstance(node.get("x-labels"), str):
            yield node
        for each in node.values():
            yield from enumerations(each)
    elif isinstance(node, list):
        for each in node:
            yield from enumerations(each)


def code_lists(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("x-code-list"), str):
            yield node["x-code-list"]
        for each in node.values():
            yield from code_lists(each)
    elif isinstance(node, list):
        for each in node:
            yield from code_lists(each)


# Members that share their name with a code: words that people write, identifiers, and what has no set.
NO_CODE = {"action", "code", "reason", "relation"}
NO_CODES = {
    ("AccessOut", "role"),
    ("AttachmentOut", "kind"),
    ("BoardOut", "levels"),
    ("AgreementFileOut", "kind"),
    ("CommitmentFileOut", "kind"),
    ("ReportFileOut", "kind"),
    ("CertificateDetailOut", "decision"),
    ("CertificateOut", "decision"),
    ("DeliveryOut", "kind"),
    ("DueOut", "decision"),
    ("PlanStepOut", "result"),
    ("PlanStepPatch", "result"),
    ("Problem", "state"),
    ("Problem", "status"),
    ("ProblemTypeOut", "status"),
    ("StepResultIn", "result"),
    ("SubjectRequestDetailOut", "outcome"),
    ("CommitmentWithdrawalsIn", "rows"),
    ("SignaturesIn", "rows"),
    ("AgreementSignaturesIn", "rows"),
    ("AgreementWithdrawalsIn", "rows"),
    ("ExportOut", "rows"),
    ("UploadOut", "rows"),
    ("UploadDetailOut", "rows"),
}


def names_a_set(node: Any, schemas: dict[str, Any]) -> bool:
    found = schemas[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    inner = [*node.get("anyOf", ()), *([node["items"]] if isinstance(node.get("items"), dict) else ())]
    return bool({"x-labels", "x-code-list"} & found.keys()) or any(names_a_set(each, schemas) for each in inner)


@pytest.fixture
def served(world: World) -> FastAPI:
    return world.app


def test_no_enumerated_word_is_without_a_label(served: FastAPI) -> None:
    found = list(enumerations(served.openapi()))
    assert len(found) > 60
    for schema in found:
        assert schema.get("x-labels") in all_labels(), schema
        assert set(schema.get("enum", ())) <= all_labels()[schema["x-labels"]].keys(), schema["x-labels"]


def test_a_code_names_its_set_wherever_it_is(served: FastAPI) -> None:
    schemas = served.openapi()["components"]["schemas"]
    members = [
        (name, member, node) for name, each in schemas.items() for member, node in each.get("properties", {}).items()
    ]
    coded = {member for _, member, node in members if names_a_set(node, schemas)} - NO_CODE
    bare = {(name, member) for name, member, node in members if member in coded and not names_a_set(node, schemas)}
    assert {"channel", "group", "ownership", "role"} <= coded
    assert bare == NO_CODES


def test_no_label_is_without_a_value(served: FastAPI) -> None:
    words: dict[str, set[str]] = {name: set(codes) for name, codes in BESIDE.items()}
    for schema in enumerations(served.openapi()):
        words.setdefault(schema["x-labels"], set()).update(schema.get("enum", ()))
    for flow in FLOWS:
        words[f"{flow.name}_state"], words[f"{flow.name}_step"] = set(flow.states), set(flow.actions)
    for row in rows("code_lists"):
        words.setdefault(row["list"], set()).add(row["code"])
    for name, file in REFERENCE.items():
        words[name] = {row["code"] for row in rows(file)}
    assert {name: labels.keys() for name, labels in all_labels().items()} == {
        name: codes for name, codes in words.items() if codes
    }


def test_no_code_list_shares_its_name_with_an_enumeration(served: FastAPI) -> None:
    lists = {row["list"] for row in rows("code_lists")}
    assert set(code_lists(served.openapi())) <= lists
    others = {row["set"] for row in rows("labels")} | set(REFERENCE) | set(BESIDE) - {"pending"}
    assert lists.isdisjoint(others | {f"{flow.name}_{part}" for flow in FLOWS for part in ("state", "step")})


def test_every_enumeration_of_the_code_is_labelled_or_internal() -> None:
    for module in pkgutil.walk_packages(application.__path__, "app."):
        importlib.import_module(module.name)
    labelled = {code for labels in all_labels().values() for code in labels}
    for kind in heirs(StrEnum):
        if kind.__module__.startswith("app.") and kind.__name__ not in INTERNAL:
            assert {str(member) for member in kind} <= labelled, kind


def heirs(kind: type[Any]) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        if child is not EventKind:
            yield child
        yield from heirs(child)


@pytest.mark.parametrize("name", sorted({row["set"] for row in rows("labels")}))
def test_labels_of_a_set_differ_and_have_both_languages(name: str) -> None:
    labels = all_labels()[name].values()
    assert all(text.vi.strip() and text.en.strip() for text in labels)
    assert len({text.vi for text in labels}) == len(labels)


def test_what_is_set_aside_has_one_word() -> None:
    """ "Gác lại", in every set (docs/domain-words.md)."""
    for name, labels in all_labels().items():
        for code, text in labels.items():
            assert "xếp lưu" not in text.vi.lower()
            if "set aside" in text.en.lower() and name != "problem":
                assert "gác lại" in text.vi.lower(), (name, code)


async def test_labels_are_open_to_all_and_cached_by_their_content(world: World) -> None:
    first = await world.anonymous.get(f"{API}/labels")
    sets = {each["set"]: {label["code"]: label for label in each["labels"]} for each in ok(first)}
    assert sets["incident_state"]["received"] == {
        "code": "received",
        "label_vi": "Mới tiếp nhận",
        "label_en": "Received",
    }
    assert sets["role"]["school_head"]["label_vi"] == "Hiệu trưởng"
    assert sets["problem"]["wrong_state"]["label_en"] == CATALOGUE["wrong_state"].title.en
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    again = await world.anonymous.get(f"{API}/labels", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
