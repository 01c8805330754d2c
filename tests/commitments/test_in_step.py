"""Obligations follow the rolls: a new learner is asked, and what is open of a leaver becomes void. All invented."""

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest

from app.repositories.commitments.classes import CommitmentClassRepository
from app.security.access.scope import ALL
from tests.factories.commitments import (
    CAMPAIGNS,
    CLASSES,
    DOCUMENT,
    Signing,
    adopt,
    assert_counted,
    counts,
    create_campaign,
    create_signing,
    create_template,
    next_version,
    record,
    rows,
)
from tests.factories.http import API, assert_problem, list_items, ok, read_etag
from tests.factories.learners import change_enrolment, create_class, create_pupil, guardian, write
from tests.factories.reminders import follow, forget_rolls
from tests.factories.statements import sent
from tests.factories.units import create_unit
from tests.factories.uploads import UPLOADS_PATH, run_uploads, table, upload
from tests.world import Client, World

FROM_ROLLS = re.compile(r"SELECT (?:(?!\bFROM\b).)*\bFROM (enrolment|guardian)\b", re.DOTALL)
HEAD = "Mã định danh Bộ GD&ĐT,Họ và tên,Ngày sinh,Giới tính,Mã lớp"


@pytest.fixture
async def signing(world: World) -> Signing:
    await forget_rolls(world)
    return await create_signing(await create_unit(world))


async def shown_states(client: Client, path: str) -> dict[tuple[str, str], str]:
    shown = ok(await client.get(path))
    return {(each["learner_id"], of["party"]): of["state"] for each in shown["learners"] for of in each["obligations"]}


async def other_class(signing: Signing) -> tuple[str, str]:
    """Another class of the school, with its path in the campaign once the job ran."""
    head = signing.school.head
    row = await create_class(signing.school.officer)
    await create_pupil(signing.school.officer, row["id"], "Lê Văn Bịa Khác")
    await follow(head.world)
    listed = await list_items(head, "commitment-classes", campaign_id=signing.campaign_id)
    return row["id"], f"{CLASSES}/{next(each['id'] for each in listed if each['class_id'] == row['id'])}"


async def test_a_late_learner_is_asked_and_what_is_open_of_a_leaver_is_void(signing: Signing) -> None:
    school, (first, second, _) = signing.school, signing.pupils
    ok(await record(school.head, signing, rows([first], "signed")))
    for pupil in (first, second):
        ok(await change_enrolment(school.officer, pupil, status="04"), 201)
    late = await create_pupil(school.officer, signing.class_id, "Lê Thị Bịa Muộn")
    await follow(school.head.world)
    states = await shown_states(school.head, signing.path)
    assert (states[first.id, "guardian"], states[first.id, "pupil"]) == ("signed", "void")
    assert {states[second.id, party] for party in ("pupil", "guardian")} == {"void"}
    assert (states[late.id, "pupil"], states[late.id, "guardian"]) == ("pending", "no_contact_details")
    assert counts(ok(await school.head.get(signing.path))) == {"pupil": (2, 0, 0), "guardian": (3, 1, 1)}
    await assert_counted(signing)
    ok(await change_enrolment(school.officer, second, status="01"), 201)
    await follow(school.head.world)
    assert (await shown_states(school.head, signing.path))[second.id, "guardian"] == "pending"
    await assert_counted(signing)


async def test_a_change_of_class_moves_what_is_open_and_leaves_what_is_signed(signing: Signing) -> None:
    school, first = signing.school, signing.pupils[0]
    class_id, path = await other_class(signing)
    ok(await record(school.head, signing, rows([first], "signed", "pupil"), rows([first], "not_required")))
    ok(await change_enrolment(school.officer, first, class_id=class_id), 201)
    await follow(school.head.world)
    assert (await shown_states(school.head, signing.path))[first.id, "pupil"] == "signed"
    assert (await shown_states(school.head, signing.path))[first.id, "guardian"] == "void"
    there = await shown_states(school.head, path)
    assert (there.get((first.id, "pupil")), there[first.id, "guardian"]) == (None, "not_required")
    assert counts(ok(await school.head.get(path))) == {"pupil": (1, 0, 0), "guardian": (2, 1, 0)}
    await assert_counted(signing)
    ok(await change_enrolment(school.officer, first, class_id=signing.class_id), 201)
    await follow(school.head.world)
    assert (await shown_states(school.head, signing.path))[first.id, "guardian"] == "not_required"
    assert (await shown_states(school.head, path))[first.id, "guardian"] == "void"
    await assert_counted(signing)


async def test_an_upload_and_its_revert_are_followed_by_one_job_each(signing: Signing) -> None:
    school = signing.school
    code = ok(await school.officer.get(f"/api/v1/classes/{signing.class_id}"))["code"]
    named = [f"{number:010d},Trần Bịa {number},2015-01-0{number},Nam,{code}" for number in range(1, 6)]
    made = await upload(school.officer, table(HEAD, *named), "learners")
    assert made["rows"]["created"] == 5, made
    await follow(school.head.world)
    assert counts(ok(await school.head.get(signing.path)))["pupil"] == (8, 0, 0)
    await assert_counted(signing)
    path = f"{UPLOADS_PATH}/{made['id']}"
    ok(await school.head.post(f"{path}/revert", {"reason": "Nhầm (bịa)"}))
    await run_uploads(school.head)
    await follow(school.head.world)
    assert counts(ok(await school.head.get(signing.path)))["pupil"] == (3, 0, 0)
    await assert_counted(signing)


async def test_contact_details_that_come_or_go_change_what_is_pending(signing: Signing) -> None:
    school, last = signing.school, signing.pupils[-1]
    made = ok(await write(school.officer, last.id, "guardians", guardian()), 201)
    await follow(school.head.world)
    assert (await shown_states(school.head, signing.path))[last.id, "guardian"] == "pending"
    tag = await read_etag(school.officer, last.path)
    ok(await school.officer.patch(f"{last.path}/guardians/{made['id']}", {"may_be_contacted": False}, tag))
    await follow(school.head.world)
    assert (await shown_states(school.head, signing.path))[last.id, "guardian"] == "no_contact_details"
    await assert_counted(signing)


async def test_an_adoption_leaves_the_database_no_choice_of_a_plan(world: World, signing: Signing) -> None:
    """Right after a mass upload it knows no figures of its tables, and joins them row by row: minutes for a school."""
    school = signing.school
    await create_pupil(school.officer, signing.class_id, "Lê Thị Bịa Muộn")
    with sent(world) as statements:
        adopted = await adopt(school.officer, signing.campaign_id)
    assert adopted["obligations"] == 2
    rolls = {found[1]: each for each in statements if (found := FROM_ROLLS.match(each))}
    assert rolls.keys() == {"enrolment", "guardian"}
    assert [each for each in statements if "JOIN enrolment" in each or "JOIN guardian" in each] == []
    assert "commitment_obligation" not in "".join(rolls.values())
    # Named by their ids, and by no query; what follows is the scope's.
    assert re.search(r"WHERE guardian\.learner_id IN \([?$]", rolls["guardian"])


async def test_jobs_sheets_and_adoptions_at_once_leave_the_counters_right(signing: Signing) -> None:
    school, pupils = signing.school, signing.pupils
    class_id, path = await other_class(signing)

    async def moved(pupil: Any) -> None:
        ok(await change_enrolment(school.officer, pupil, class_id=class_id), 201)

    adoption = f"{CAMPAIGNS}/{signing.campaign_id}/adoption"
    await asyncio.gather(
        *(moved(pupil) for pupil in pupils[:2]),
        *(record(school.head, signing, rows(pupils, "signed", party)) for party in ("pupil", "guardian")),
        *(school.officer.post(adoption) for _ in range(2)),
        *(follow(school.head.world) for _ in range(2)),
    )
    await follow(school.head.world)
    await assert_counted(signing)
    here, there = await shown_states(school.head, signing.path), await shown_states(school.head, path)
    for pupil in pupils:
        for party in ("pupil", "guardian"):
            found = [each.get((pupil.id, party), "void") for each in (here, there)]
            assert found.count("void") == 1, (pupil, party, found)


async def test_a_new_version_asks_anew_only_those_whom_it_must(world: World) -> None:
    department, school = await world.client("so.officer"), await create_unit(world)
    template = await create_template(department)
    campaign = await create_campaign(school.head, [template["id"]])
    signing = await create_signing(school, campaign, pupils=2)
    ok(await record(school.head, signing, rows(signing.pupils, "signed", "pupil"), rows(signing.pupils, "signed")))
    editorial = await next_version(department, template, asks_anew=[])
    await follow(school.head.world)
    shown = ok(await school.head.get(signing.path))
    assert (shown["template_id"], counts(shown)) == (editorial["id"], {"pupil": (2, 2, 2), "guardian": (2, 2, 2)})
    assert (await school.head.get(f"{signing.path}/sheet")).status_code == 200
    body = {"rows": [{"learner_id": signing.pupils[0].id, "party": "guardian"}]}
    ok(await school.head.post(f"{signing.path}/withdrawals", body))
    ok(await record(school.head, signing, rows(signing.pupils[:1], "signed"), template_id=template["id"]))
    assert ok(await school.head.get(f"{signing.path}/entries"))[-1]["template_id"] == template["id"]
    renewed = await next_version(department, template, asks_anew=["guardian"])
    await follow(school.head.world)
    shown = ok(await school.head.get(signing.path))
    assert (shown["template_id"], counts(shown)) == (renewed["id"], {"pupil": (2, 2, 2), "guardian": (2, 0, 0)})
    named = rows(signing.pupils, "signed")
    refused = await record(school.head, signing, named, template_id=editorial["id"])
    assert_problem(refused, 422, "superseded_version", "/template_id")
    assert counts(ok(await record(school.head, signing, named)))["guardian"] == (2, 2, 2)
    await assert_counted(signing)


async def test_a_signature_that_waits_for_a_new_version_to_be_taken_is_recorded_under_it(world: World) -> None:
    department, school = await world.client("so.officer"), await create_unit(world)
    template = await create_template(department)
    signing = await create_signing(school, await create_campaign(school.head, [template["id"]]), pupils=1)
    newer = (await next_version(department, template))["id"]
    async with world.runtime.work(ALL) as work:
        row = await CommitmentClassRepository(work.session).for_update(UUID(signing.id))
        assert row is not None
        row.template_id = UUID(newer)
        await work.flush()
        waiting = asyncio.create_task(record(school.head, signing, rows(signing.pupils, "signed")))
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
        await work.commit()
    ok(await waiting)
    assert [each["template_id"] for each in ok(await school.head.get(f"{signing.path}/entries"))] == [newer]


async def test_a_next_version_has_the_levels_and_parties_of_the_one_before(world: World) -> None:
    department = await world.client("so.officer")
    template = await create_template(department)
    other = {**DOCUMENT, "levels": ["primary"]}
    refused = await department.post(f"{API}/commitment-templates", {"code": template["code"], "document": other})
    assert_problem(refused, 422, "other_than_published", "/document/levels")
