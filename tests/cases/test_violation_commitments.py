"""Commitments after a violation: of the case alone, answered by each party, and ended. All invented."""

import io
from typing import Any

from pypdf import PdfReader

from tests.cases.test_disciplines import accused
from tests.factories.cases import create_discipline
from tests.factories.figures import Asked, count_one
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.next_actions import named_actions
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit
from tests.world import Client, World

WORDS = "Em không tái phạm (bịa).\nGia đình nhắc nhở em (bịa)."


async def create_commitment(school: StaffedUnit, **more: Any) -> tuple[str, dict[str, Any]]:
    """Its incident, and the commitment of a pupil who took part."""
    incident_id, person_id = await accused(school)
    body = {"person_id": person_id, "made_on": "2025-11-04", "text": WORDS, **more}
    return incident_id, ok(await school.head.post(f"{API}/incidents/{incident_id}/commitments", body), 201)


async def act(client: Client, path: str, name: str, **body: object) -> Any:
    return await client.post(f"{path}/{name}", body, headers={"If-Match": await read_etag(client, path)})


def states(shown: dict[str, Any]) -> dict[str, str]:
    return {each["party"]: each["state"] for each in shown["answers"]}


async def test_each_party_answers_and_a_correction_is_a_withdrawal_first(school: StaffedUnit) -> None:
    incident_id, made = await create_commitment(school)
    path, head = f"{API}/violation-commitments/{made['id']}", school.head
    assert states(made) == dict.fromkeys(("pupil", "guardian", "school"), "asked")
    assert named_actions(made) == ["answer", "end", "withdraw"]
    day = {"on": "2025-11-05"}
    ok(await act(head, path, "answers", party="pupil", action="sign", **day))
    ok(await act(head, path, "answers", party="guardian", action="refuse", **day))
    assert_problem(await act(head, path, "answers", party="guardian", action="sign", **day), 409, "wrong_state")
    for action in ("withdraw", "ask", "sign"):
        shown = ok(await act(head, path, "answers", party="guardian", action=action, **day))
    assert states(shown) == {"pupil": "signed", "guardian": "signed", "school": "asked"}
    ended = ok(await act(head, path, "end", conclusion="Không tái phạm (bịa)"))
    assert (ended["state"], named_actions(ended)) == ("ended", ["withdraw"])
    assert_problem(await act(head, path, "answers", party="school", action="sign", **day), 409, "wrong_state")
    kinds = [each["kind"] for each in ok(await head.get(f"{API}/incidents/{incident_id}/timeline"))]
    assert (kinds.count("commitment_answered"), kinds[-1]) == (5, "commitment_ended")


async def test_it_is_made_of_a_pupil_who_took_part_and_follows_a_measure_of_that_pupil(school: StaffedUnit) -> None:
    incident_id, person_id = await accused(school)
    path = f"{API}/incidents/{incident_id}/commitments"
    body = {"person_id": person_id, "made_on": "2025-11-04", "text": WORDS, "parties": ["pupil"]}
    measure = await create_discipline(school.head, incident_id, person_id)
    other_incident, other = await accused(school)
    foreign = await create_discipline(school.head, other_incident, other)
    made = ok(await school.head.post(path, {**body, "discipline_id": measure["id"]}), 201)
    assert (made["discipline_id"], states(made)) == (measure["id"], {"pupil": "asked"})
    refused = await school.head.post(path, {**body, "discipline_id": foreign["id"]})
    assert_problem(refused, 422, "unknown_record", "/discipline_id")
    _, witness = await accused(school, role="witness")
    unknown = await school.head.post(path, {**body, "person_id": witness})
    assert_problem(unknown, 404, "not_found")
    asked = f"{API}/violation-commitments/{made['id']}"
    answered = await act(school.head, asked, "answers", party="guardian", action="sign", on="2025-11-05")
    assert_problem(answered, 422, "party_not_asked", "/party")


async def test_the_words_are_read_with_the_names_and_by_nobody_of_a_class(world: World, school: StaffedUnit) -> None:
    incident_id, made = await create_commitment(school)
    path = f"{API}/violation-commitments/{made['id']}"
    paper = await school.head.get(f"{path}/document")
    text = " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages).split())
    for printed in ("BẢN CAM KẾT", "Em Bịa", "Em không tái phạm (bịa).", "Cha mẹ, người giám hộ"):
        assert printed in text
    for outsider in (school.teacher, await world.client("b1.head")):
        assert_problem(await outsider.get(path), 404, "not_found")
    partner = await world.client("congan.partner")
    assert_problem(await partner.get(path), 404, "not_found")
    ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=world.units["agency"]), 201)
    shown = ok(await partner.get(path))
    assert (shown["text"], shown["next_actions"]) == (None, [])
    assert_problem(await partner.get(f"{path}/document"), 404, "not_found")


async def test_a_report_counts_those_made_in_the_period_and_of_them_the_ended(school: StaffedUnit) -> None:
    _, made = await create_commitment(school, made_on="2026-08-04")
    await create_commitment(school, made_on="2026-08-05")
    await create_commitment(school, made_on="2025-11-04")
    _, mistaken = await create_commitment(school, made_on="2026-08-06")
    ok(await act(school.head, f"{API}/violation-commitments/{mistaken['id']}", "withdrawal", reason="Nhầm (bịa)"))
    ok(await act(school.head, f"{API}/violation-commitments/{made['id']}", "end", conclusion="Đã hết hạn (bịa)"))
    counted = [
        await count_one(school.head, Asked(school.id), f"violation_commitments_{name}") for name in ("made", "ended")
    ]
    assert counted == [2, 1]
