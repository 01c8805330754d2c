"""An answer that makes or moves a record has the ETag of the next step: nothing is read again in between."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.time import today
from tests.factories.attachments import create_attachment, destroy_attachment, release_attachment
from tests.factories.cases import set_severity
from tests.factories.child_cases import ASSESSMENT, CLOSURE, PLAN, open_child_cases_with_severity
from tests.factories.duplicates import merge_incidents, undo_merge
from tests.factories.forwardings import set_aside, take_up_again
from tests.factories.http import API, ok, read_etag
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

# Tokens, what is decided about a record and shown beside it, what is shown once, what is asked for by POST because it
# may not stand in an address, and a count.
NO_RECORD = {
    "correct_report_issuance",
    *("sign_in", "refresh", "change_password", "enrol_totp", "confirm_totp", "client_token"),
    *("create_public_intake", "make_attachment_link", "make_report_file_link", "open_informant"),
    *("make_commitment_file_link", "make_agreement_file_link", "adopt_commitment_campaign", "draw_activation_slips"),
    *("print_commitment_slips", "hand_over_commitment_slip", "withdraw_commitment_slip", "make_commitment_slip_pin"),
    *("read_commitment_slip", "get_commitment_slip_status", "act_on_commitment_slip"),
    *("extend_report", "name_reporter_unit", "request_reports_earlier"),
    *("accept_reports", "decide_report_disclosure", "issue_report"),
    *("get_receipt_status", "get_thread", "write_reporter_message", "replay_webhook", "search_learners"),
    "look_up_learner",
    "create_export",
    *("fetch_commitment_reminders", "record_commitment_reminder_outcomes"),
}


SHOWN_ONCE = {"receipt", "access_token", "first_password", "secret", "pin", "nonce"}


def writes(world: World) -> list[tuple[str, dict[str, Any]]]:
    return [
        (method, operation)
        for item in world.app.openapi()["paths"].values()
        for method, operation in item.items()
        if method in {"post", "put", "patch"}
    ]


def promised(operation: dict[str, Any]) -> bool:
    return all("ETag" in answer["headers"] for code, answer in operation["responses"].items() if code.startswith("2"))


def test_every_write_that_shows_a_record_promises_its_tag(world: World) -> None:
    without = {
        operation["operationId"]
        for _, operation in writes(world)
        if not promised(operation) and any("content" in a for c, a in operation["responses"].items() if c[0] == "2")
    }
    assert without == NO_RECORD


def test_a_write_without_a_record_or_with_what_is_shown_once_never_leaves_its_body_out(world: World) -> None:
    schemas, shown_once = world.app.openapi()["components"]["schemas"], set[str]()
    preferring = set[str]()
    for _, operation in writes(world):
        bodies = (each.get("content", {}) for code, each in operation["responses"].items() if code[0] == "2")
        refs = (each.get("application/json", {}).get("schema", {}).get("$ref", "") for each in bodies)
        members = {name for ref in refs for name in schemas.get(ref.rsplit("/", 1)[-1], {}).get("properties", ())}
        if not SHOWN_ONCE.isdisjoint(members):
            shown_once.add(operation["operationId"])
        if any(each["name"] == "Prefer" for each in operation.get("parameters", [])):
            preferring.add(operation["operationId"])
    assert {"create_user", "create_client", "create_webhook", "make_commitment_slip_pin"} < shown_once
    assert preferring & (NO_RECORD | shown_once) == set()
    assert len(preferring) > 100


def test_every_write_that_needs_a_tag_promises_the_next(world: World) -> None:
    needing = [o for _, o in writes(world) if any(p["name"] == "If-Match" for p in o.get("parameters", []))]
    assert len(needing) > 20
    assert [o["operationId"] for o in needing if not promised(o)] == []


async def step(client: Client, path: str, body: object, tag: str, status: int = 201) -> str:
    """Do it with a tag and without reading; the tag of the answer."""
    answer = await client.post(path, body, headers={"If-Match": tag})
    ok(answer, status)
    return answer.headers["ETag"]


async def shows(client: Client, path: str, answer: httpx.Response) -> None:
    """The tag of the answer is that of the record at `path`."""
    assert answer.is_success, answer.text
    assert answer.headers["ETag"] == await read_etag(client, f"{API}/{path}")


async def test_an_incident_goes_on_by_the_tags_of_its_answers(school: StaffedUnit) -> None:
    path = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
    tag = await read_etag(school.head, path)
    for severity in ("low", "moderate"):
        tag = await step(school.head, f"{path}/severities", {"severity": severity, "reason": "Bịa"}, tag)
    for action in ("acknowledge", "intervene"):
        tag = await step(school.head, f"{path}/transitions", {"action": action}, tag, 200)
    changed = await school.head.patch(path, {"summary": "Bịa"}, tag)
    assert ok(changed)["summary"] == "Bịa"


async def test_a_childs_case_goes_on_by_the_tags_of_its_answers(school: StaffedUnit) -> None:
    _, (case,) = await open_child_cases_with_severity(school, "moderate")
    path = f"{API}/cases/{case}"
    tag = await step(school.counsellor, f"{path}/assessments", ASSESSMENT, await read_etag(school.counsellor, path))
    made = await school.counsellor.post(f"{path}/plans", PLAN, headers={"If-Match": tag})
    plan = f"{path}/plans/{ok(made, 201)['id']}/decision"
    tag = await step(school.head, plan, {"decision": "approve"}, made.headers["ETag"], 200)
    review = ASSESSMENT | {"risk": "low"}
    tag = await step(school.counsellor, f"{path}/assessments", review, tag)
    await step(school.head, f"{path}/closure", CLOSURE, tag, 200)


async def test_the_tag_of_an_answer_is_that_of_the_record_to_go_on_with(school: StaffedUnit) -> None:
    head = school.head
    intake = await head.create_intake(open_incident=False)
    path = f"intakes/{intake['id']}"
    await shows(head, path, await set_aside(head, intake["id"]))
    await shows(head, path, await take_up_again(head, intake["id"]))
    one, two = [(await head.create_intake())["incident_id"] for _ in range(2)]
    await shows(head, path, await head.post(f"{API}/{path}/link", {"incident_id": one}))
    merged = await merge_incidents(head, one, two)
    await shows(head, f"incidents/{one}", merged)
    await shows(head, f"incidents/{one}", await undo_merge(head, ok(merged, 201)))
    await shows(head, f"incidents/{one}", await set_severity(head, one, "low"))


@pytest.mark.parametrize("is_opened", [True, False])
async def test_the_tag_of_a_new_intake_is_its_own(school: StaffedUnit, is_opened: bool) -> None:  # noqa: FBT001
    form = {"source_channel": "in_person", "group": "school_violence", "narrative": "Bịa", "open_incident": is_opened}
    taken = await school.head.post(f"{API}/intakes", form)
    await shows(school.head, f"intakes/{ok(taken, 201)['id']}", taken)


async def test_the_tag_of_a_file_follows_its_release_and_its_destruction(school: StaffedUnit) -> None:
    incident = (await school.head.create_intake())["incident_id"]
    ok(await set_severity(school.head, incident, "low"), 201)
    file = await create_attachment(school.head, incident)
    path = f"attachments/{file['id']}"
    await shows(school.head, path, await release_attachment(school.head, file["id"]))
    await shows(school.head, path, await school.head.delete(f"{API}/{path}/release"))
    await shows(school.head, path, await destroy_attachment(school.head, file["id"]))


async def test_a_closed_unit_has_the_tag_of_its_closing(world: World, administrator: Client) -> None:
    unit = f"units/{(await create_unit(world)).id}"
    body = {"effective_on": str(today() + timedelta(days=30)), "decision_number": "01/QĐ-BỊA"}
    tag = await read_etag(administrator, f"{API}/{unit}")
    closed = await administrator.post(f"{API}/{unit}/closure", body, headers={"If-Match": tag})
    await shows(administrator, unit, closed)


async def test_a_repeated_answer_repeats_its_tag(school: StaffedUnit) -> None:
    path = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
    headers = {"If-Match": await read_etag(school.head, path), "Idempotency-Key": "khoa-bia"}
    body = {"severity": "low", "reason": "Bịa"}
    first, again = [await school.head.post(f"{path}/severities", body, headers=headers) for _ in range(2)]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"]
