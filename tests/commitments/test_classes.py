"""A class in a campaign: what is recorded in one transaction, what is corrected, and who may do it. All invented."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.core.time import today
from tests.factories.commitments import (
    CAMPAIGNS,
    CLASSES,
    Signing,
    adopt,
    assert_counted,
    counts,
    create_campaign,
    create_signing,
    record,
    rows,
    secondary_template,
)
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.learners import appoint, change_enrolment, create_class, create_pupil
from tests.factories.next_actions import named_actions
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World


@pytest.fixture
async def signing(world: World) -> Signing:
    return await create_signing(await create_unit(world))


def states(shown: dict[str, Any], party: str = "guardian") -> list[str]:
    return [of["state"] for each in shown["learners"] for of in each["obligations"] if of["party"] == party]


async def test_a_class_is_settled_in_one_call_and_its_counters_follow(signing: Signing) -> None:
    head, pupils = signing.school.head, signing.pupils
    before = ok(await head.get(signing.path))
    assert states(before) == ["pending", "pending", "no_contact_details"]
    assert counts(before) == {"pupil": (3, 0, 0), "guardian": (3, 0, 0)}
    assert named_actions(before) == ["sign"]
    asked = [rows(pupils, "signed", "pupil"), rows(pupils[:1], "signed")]
    settled = ok(await record(head, signing, *asked, rows(pupils[1:2], "refused"), rows(pupils[2:], "not_reached")))
    assert states(settled) == ["signed", "refused", "not_reached"]
    assert counts(settled) == {"pupil": (3, 3, 3), "guardian": (3, 3, 1)}
    assert named_actions(settled) == ["sign", "withdraw"]
    assert await list_items(head, "commitment-classes", settled="false") == []
    assert [each["id"] for each in await list_items(head, "commitment-classes", settled="true")] == [signing.id]
    await assert_counted(signing)


async def test_a_sheet_sent_again_changes_nothing(signing: Signing) -> None:
    head, named = signing.school.head, rows(signing.pupils, "signed", "pupil")
    first = ok(await record(head, signing, named))
    again = ok(await record(head, signing, named))
    assert again == first
    assert len(ok(await head.get(f"{signing.path}/entries"))) == 3


async def test_sheets_that_arrive_at_once_make_one_entry_of_each_row(signing: Signing) -> None:
    head, named = signing.school.head, rows(signing.pupils[:1], "signed")
    answers = await asyncio.gather(*(record(head, signing, named) for _ in range(12)))
    assert {each.status_code for each in answers} == {200}
    assert counts(ok(await head.get(signing.path)))["guardian"] == (3, 1, 1)
    assert len(ok(await head.get(f"{signing.path}/entries"))) == 1


async def test_what_a_party_said_changes_by_a_withdrawal_alone_and_the_former_entry_stays(signing: Signing) -> None:
    head, first = signing.school.head, signing.pupils[:1]
    ok(await record(head, signing, rows(first, "refused")))
    refused = await record(head, signing, rows(signing.pupils[1:2], "signed"), rows(first, "signed"))
    assert_problem(refused, 422, "contradicts", "/rows/1/state")
    assert counts(ok(await head.get(signing.path)))["guardian"] == (3, 1, 0)
    body = {"rows": [{"learner_id": first[0].id, "party": "guardian"}]}
    assert states(ok(await head.post(f"{signing.path}/withdrawals", body)))[0] == "withdrawn"
    assert_problem(await head.post(f"{signing.path}/withdrawals", body), 422, "nothing_to_withdraw", "/rows/0")
    assert counts(ok(await record(head, signing, rows(first, "signed"))))["guardian"] == (3, 1, 1)
    entries = ok(await head.get(f"{signing.path}/entries"))
    assert [(each["state"], each["withdrawn_at"] is None) for each in entries] == [("refused", False), ("signed", True)]


async def test_a_row_that_names_nobody_of_the_class_leaves_the_whole_sheet_unrecorded(
    world: World, signing: Signing
) -> None:
    head = signing.school.head
    other = await create_signing(await create_unit(world), pupils=1)
    named = rows(signing.pupils[:1], "signed")
    refused = await record(head, signing, named, rows(other.pupils, "signed"), named)
    assert_problem(refused, 422, "unknown_record", "/rows/1")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/rows/1", "/rows/2"]
    assert ok(await head.get(f"{signing.path}/entries")) == []


async def test_the_homeroom_teacher_records_the_own_class_and_no_other(world: World, signing: Signing) -> None:
    school = signing.school
    other = await create_signing(school, signing.campaign_id, pupils=1)
    await appoint(school.head, signing.class_id, school.teacher)
    assert [each["id"] for each in await list_items(school.teacher, "commitment-classes")] == [signing.id]
    reason = "Bịa: chưa đọc kỹ"
    recorded = await record(school.teacher, signing, rows(signing.pupils[:1], "refused", reason=reason))
    assert counts(ok(recorded))["guardian"] == (3, 1, 0)
    assert_problem(await record(school.teacher, other, rows(other.pupils, "signed")), 404, "not_found")
    assert_problem(await school.teacher.get(f"{CAMPAIGNS}/{signing.campaign_id}/board"), 403, "forbidden")
    for client, known in ((school.teacher, reason), (school.head, reason), (school.officer, None)):
        assert ok(await client.get(f"{signing.path}/entries"))[0]["reason"] == known
    assert_problem(await school.counsellor.get(signing.path), 403, "forbidden")
    stranger = await create_unit(world)
    assert_problem(await stranger.head.get(signing.path), 404, "not_found")
    assert_problem(await record(stranger.head, signing, rows(signing.pupils, "signed")), 404, "not_found")


async def test_a_second_adoption_adds_who_came_and_voids_what_is_open_of_who_left(signing: Signing) -> None:
    school, pupils = signing.school, signing.pupils
    ok(await record(school.head, signing, rows(pupils[:1], "signed")))
    for pupil in pupils[:2]:
        ok(await change_enrolment(school.officer, pupil, status="04"), 201)
    late = await create_pupil(school.officer, signing.class_id, "Lê Thị Bịa Muộn")
    adopted = await adopt(school.officer, signing.campaign_id)
    assert (adopted["classes"], adopted["obligations"], adopted["voided"]) == (0, 2, 3)
    shown = ok(await school.head.get(signing.path))
    assert counts(shown) == {"pupil": (2, 0, 0), "guardian": (3, 1, 1)}
    assert late.id in {each["learner_id"] for each in shown["learners"]}
    await assert_counted(signing)


async def test_nothing_is_recorded_before_the_campaign_begins(world: World) -> None:
    school = await create_unit(world)
    ahead = (today() + timedelta(days=3)).isoformat()
    template = await secondary_template(school.head)
    campaign = await create_campaign(school.head, [template], opens_on=ahead, closes_on=ahead)
    signing = await create_signing(school, campaign, pupils=1)
    assert_problem(await record(school.head, signing, rows(signing.pupils, "signed")), 409, "campaign_not_open")
    assert ok(await school.head.get(signing.path))["next_actions"] == []
    waiting = ok(await school.head.get(f"{API}/work"))["waiting"]
    assert next(each["count"] for each in waiting if each["kind"] == "commitment_classes") == 0


async def test_a_school_without_a_class_of_a_suited_level_has_nothing_to_adopt(world: World) -> None:
    school = await create_unit(world)
    campaign = await create_campaign(school.head, [await secondary_template(school.head)])
    await create_class(school.officer, grade="1", school_level="primary")
    assert_problem(await school.officer.post(f"{CAMPAIGNS}/{campaign}/adoption"), 409, "no_commitment_class")


async def test_unsettled_classes_wait_for_those_who_record(signing: Signing) -> None:
    school: StaffedUnit = signing.school
    found = []
    for client in (school.head, school.teacher):
        kinds = ok(await client.get(f"{API}/work"))["waiting"]
        found.append(next(each for each in kinds if each["kind"] == "commitment_classes"))
    assert [each["count"] for each in found] == [1, 0]
    assert found[0]["items"][0]["path"] == f"{CLASSES}/{signing.id}"


async def test_who_prefers_no_answer_has_the_class_recorded_alike_and_its_tag(signing: Signing) -> None:
    head = signing.school.head
    body = {"way": "class_sheet", "signed_on": today().isoformat(), "rows": rows(signing.pupils, "signed")}
    done = await head.post(f"{signing.path}/signatures", body, headers={"Prefer": "return=minimal"})
    assert (done.status_code, done.content, done.headers["Preference-Applied"]) == (204, b"", "return=minimal")
    shown = await head.get(signing.path)
    assert shown.headers["ETag"] == done.headers["ETag"]
    assert counts(ok(shown))["guardian"] == (3, 3, 3)
