"""Slips: what a school prints, and what their holders do without an account. All invented."""

from datetime import timedelta

import pytest
import time_machine

from app.core.text import fold
from app.core.time import today, utc_now
from tests.factories.commitments import (
    Signing,
    assert_counted,
    counts,
    create_campaign,
    create_signing,
    create_template,
    next_version,
    record,
    rows,
)
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.learners import appoint
from tests.factories.reminders import follow, forget_rolls
from tests.factories.slips import (
    FATHER,
    SLIPS,
    Holder,
    add_father,
    barcodes,
    change_guardian,
    create_family,
    guardians_of,
    holder_of,
    print_slips,
)
from tests.factories.units import create_unit
from tests.world import World

PAGE = "http://127.0.0.1:8000"


@pytest.fixture
async def signing(world: World) -> Signing:
    return await create_signing(await create_unit(world))


async def state_of(signing: Signing, at: int = 0) -> str:
    shown = ok(await signing.school.head.get(signing.path))
    learner = next(each for each in shown["learners"] if each["learner_id"] == signing.pupils[at].id)
    return next(str(each["state"]) for each in learner["obligations"] if each["party"] == "guardian")


async def test_a_guardian_reads_signs_and_withdraws_by_a_slip_that_names_no_child(signing: Signing) -> None:
    holder = await holder_of(signing)
    read = await holder.read()
    assert read.headers["cache-control"] == "no-store"
    assert read.headers["referrer-policy"] == "no-referrer"
    assert {each["theme"] for each in ok(read)["clauses"]} > {"violence", "traffic"}
    assert ok(read)["title_vi"] != ok(read)["title_en"]
    learner = ok(await signing.school.head.get(f"{API}/learners/{signing.pupils[0].id}"))
    for said in (learner["full_name"], learner["code"], learner["id"], str(signing.school.id), signing.class_id):
        assert said not in read.text
    assert ok(await holder.status())["acts"] == ["sign", "refuse", "call"]
    signed = ok(await holder.act("sign"))
    assert (signed["state"], signed["acts"]) == ("signed", ["withdraw", "call"])
    (entry,) = ok(await signing.school.head.get(f"{signing.path}/entries"))
    assert (entry["way"], entry["recorded_by"], entry["receipt"]) == ("slip", None, signed["receipt"])
    assert entry["template_id"] == ok(read)["template_id"]
    assert counts(ok(await signing.school.head.get(signing.path)))["guardian"] == (3, 1, 1)
    assert ok(await holder.act("sign")) == signed
    refused = await holder.act("refuse")
    assert_problem(refused, 409, "wrong_state")
    assert refused.json()["open_steps"] == ["withdraw"]
    assert ok(await holder.act("withdraw"))["state"] == "pending"
    assert await state_of(signing) == "withdrawn"
    reason = "Bịa: cần trao đổi thêm"
    assert ok(await holder.act("refuse", reason=reason))["state"] == "refused"
    for client, known in ((signing.school.head, reason), (signing.school.officer, None)):
        assert [each["reason"] for each in ok(await client.get(f"{signing.path}/entries"))] == [None, known]
    await assert_counted(signing)


async def test_the_paper_is_read_by_a_decoder_and_a_reprint_ends_the_former(signing: Signing) -> None:
    head = signing.school.head
    printed = await head.post(f"{signing.path}/slips", {})
    # The last family has no guardian on the rolls.
    texts = [text for page in barcodes(printed.content) for text in page]
    assert [text.partition("#")[0] for text in texts] == [PAGE, PAGE]
    former = [Holder(head.world.anonymous, text.partition("#")[2]) for text in texts]
    assert {ok(await each.read())["school_year"] for each in former} == {"2026-2027"}
    (again,) = await print_slips(head, signing, learner_ids=[signing.pupils[0].id])
    assert [(await each.read()).status_code for each in former] == [404, 200]
    typed = again.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert ok(await former[0].with_code(typed).status())["state"] == "pending"
    listed = ok(await head.get(f"{signing.path}/slips"))
    assert {each["id"] for each in listed if each["ended_because"] == "reprinted"} == {listed[-1]["replaces_id"]}
    assert not any(fold(code) in fold(str(listed)) for code in (again, *(each.code for each in former)))
    ok(await head.post(f"{SLIPS}/{listed[-1]['id']}/withdrawal"))
    assert_problem(await former[0].with_code(again).read(), 404, "slip_not_usable")
    assert_problem(await head.post(f"{SLIPS}/{listed[-1]['id']}/pin"), 409, "slip_ended")


async def test_guardians_who_answer_apart_are_in_conflict_until_the_school_withdraws_a_word(world: World) -> None:
    signing, mother, father = await create_family(await create_unit(world))
    head, pupil = signing.school.head, signing.pupils[0]
    ok(await mother.act("sign"))
    assert ok(await father.status())["state"] == "pending"
    ok(await father.act("refuse"))
    assert await state_of(signing) == "in_conflict"
    assert counts(ok(await head.get(signing.path)))["guardian"] == (3, 0, 0)
    assert ok(await mother.status())["state"] == "signed"
    assert_problem(await record(head, signing, rows([pupil], "signed")), 422, "contradicts", "/rows/0/state")
    body = {"learner_id": pupil.id, "party": "guardian", "guardian_id": (await guardians_of(signing))["father"]}
    ok(await head.post(f"{signing.path}/withdrawals", {"rows": [body]}))
    assert await state_of(signing) == "signed"
    assert ok(await father.status())["state"] == "pending"
    assert counts(ok(await head.get(signing.path)))["guardian"] == (3, 1, 1)
    assert_problem(
        await head.post(f"{signing.path}/withdrawals", {"rows": [body]}), 422, "nothing_to_withdraw", "/rows/0"
    )
    await assert_counted(signing)


async def test_a_template_may_need_each_guardian_and_paper_may_name_one(world: World) -> None:
    school = await create_unit(world)
    template = await create_template(await world.client("so.officer"), satisfied_by="each")
    campaign = await create_campaign(school.head, [template["id"]])
    signing = await create_signing(school, campaign, pupils=2)
    await add_father(signing)
    mother = await holder_of(signing, guardian_ids=[(await guardians_of(signing))["mother"]])
    ok(await mother.act("sign"))
    assert await state_of(signing) == "asked"
    named = rows(signing.pupils[:1], "signed", guardian_id=(await guardians_of(signing))["father"])
    ok(await record(school.head, signing, named))
    assert await state_of(signing) == "signed"
    ok(await mother.act("withdraw"))
    assert await state_of(signing) == "asked"
    assert ok(await record(school.head, signing, named))["counts"][1]["signed"] == 0
    ok(await mother.act("refuse"))
    assert await state_of(signing) == "in_conflict"
    stranger = rows(signing.pupils[1:], "signed", guardian_id=named[0]["guardian_id"])
    assert_problem(await record(school.head, signing, stranger), 422, "unknown_record", "/rows/0/guardian_id")
    wrong = rows(signing.pupils[:1], "signed", "pupil", guardian_id=named[0]["guardian_id"])
    assert_problem(await record(school.head, signing, wrong), 422, "no_word_of_a_guardian", "/rows/0")
    await assert_counted(signing)


async def test_a_guardians_word_outlives_an_editorial_change_and_no_version_that_asks_anew(world: World) -> None:
    await forget_rolls(world)
    school, department = await create_unit(world), await world.client("so.officer")
    template = await create_template(department, satisfied_by="each")
    signing = await create_signing(school, await create_campaign(school.head, [template["id"]]), pupils=2)
    await add_father(signing)
    known = await guardians_of(signing)
    mother = await holder_of(signing, guardian_ids=[known["mother"]])
    ok(await mother.act("sign"))
    edited = await next_version(department, template, asks_anew=[])
    await follow(world)
    assert ok(await mother.status())["state"] == "signed"
    father = (await holder_of(signing, guardian_ids=[known["father"]])).knowing(FATHER)
    ok(await father.act("sign"))
    assert await state_of(signing) == "signed"
    await next_version(department, edited, asks_anew=["guardian"])
    await follow(world)
    assert await state_of(signing) == "pending"
    ok(await father.act("sign"))
    assert await state_of(signing) == "asked"
    assert ok(await mother.status())["state"] == "pending"
    ok(await mother.act("sign"))
    assert await state_of(signing) == "signed"
    await assert_counted(signing)


async def test_a_slip_goes_to_another_guardian_through_the_school_alone(world: World) -> None:
    signing, mother, father = await create_family(await create_unit(world))
    head, known = signing.school.head, await guardians_of(signing)
    slips = {each["guardian_id"]: each["id"] for each in ok(await head.get(f"{signing.path}/slips"))}
    path = f"{SLIPS}/{slips[known['mother']]}/handover"
    assert_problem(await head.post(path, {"guardian_id": known["mother"]}), 422, "not_written_to", "/guardian_id")
    given = await head.post(path, {"guardian_id": known["father"]})
    (text,) = barcodes(given.content)[0]
    assert_problem(await mother.read(), 404, "slip_not_usable")
    assert_problem(await father.read(), 404, "slip_not_usable")
    heir = father.with_code(text.partition("#")[2])
    ok(await heir.act("sign"))
    ended = {each["id"]: each for each in ok(await head.get(f"{signing.path}/slips"))}
    assert ended[slips[known["mother"]]]["ended_because"] == "handed_over"
    assert ended[slips[known["mother"]]]["ended_by"] is not None
    # Who may not be written to gets none, and has none any more.
    await change_guardian(signing, known["father"], may_be_contacted=False)
    assert_problem(await heir.read(), 404, "slip_not_usable")
    refused = await head.post(f"{signing.path}/slips", {"guardian_ids": [known["father"]]})
    assert_problem(refused, 422, "not_written_to", "/guardian_ids/0")
    await change_guardian(signing, known["father"], valid_to=today().isoformat())
    assert await state_of(signing) == "signed"


async def test_who_may_not_know_where_the_child_is_gets_no_paper_that_names_the_school(world: World) -> None:
    signing, mother, father = await create_family(await create_unit(world))
    head, known = signing.school.head, await guardians_of(signing)
    await change_guardian(signing, known["father"], may_know_whereabouts=False)
    assert_problem(await father.read(), 404, "slip_not_usable")
    refused = await head.post(f"{signing.path}/slips", {"guardian_ids": [known["father"]]})
    assert_problem(refused, 422, "not_written_to", "/guardian_ids/0")
    (slip,) = [each for each in ok(await head.get(f"{signing.path}/slips")) if each["guardian_id"] == known["mother"]]
    handed = await head.post(f"{SLIPS}/{slip['id']}/handover", {"guardian_id": known["father"]})
    assert_problem(handed, 422, "not_written_to", "/guardian_id")
    assert len(await print_slips(head, signing, learner_ids=[signing.pupils[0].id])) == 1
    assert_problem(await mother.read(), 404, "slip_not_usable")


async def test_a_nonce_is_good_for_one_act_however_it_is_spelled(signing: Signing) -> None:
    holder = await holder_of(signing)
    read = ok(await holder.read())
    ok(await holder.act("sign", read))
    nonce = str(read["nonce"])
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spellings = {nonce, *(nonce[:-1] + letters[letters.index(nonce[-1]) | low] for low in range(4))}
    for foreign in (f"{nonce}=", f"!{nonce}", f"{nonce}+"):
        assert_problem(await holder.act("withdraw", read | {"nonce": foreign}), 422, "invalid")
    for spelled in sorted(spellings):
        assert_problem(await holder.act("withdraw", read | {"nonce": spelled}), 404, "slip_not_usable")
    assert ok(await holder.status())["state"] == "signed"


async def test_a_pin_replaces_the_telephone(signing: Signing) -> None:
    head, holder = signing.school.head, await holder_of(signing)
    (slip,) = ok(await head.get(f"{signing.path}/slips"))
    pin = ok(await head.post(f"{SLIPS}/{slip['id']}/pin"))["pin"]
    assert_problem(await holder.status(), 403, "wrong_second_thing")
    assert ok(await holder.knowing(pin).status())["state"] == "pending"
    assert_problem(await holder.knowing("12345").status(), 422, "string_pattern_mismatch", "/second_thing")


async def test_a_school_is_asked_to_call_once_a_day(signing: Signing) -> None:
    holder = await holder_of(signing)
    assert [ok(await holder.act("call"))["call_asked_at"] is not None for _ in range(2)] == [True, True]
    notices = await list_items(signing.school.head, "notices")
    assert [each["kind"] for each in notices] == ["commitment_call_asked"]
    assert await state_of(signing) == "pending"


async def test_slips_are_printed_by_people_of_the_school_for_their_own_classes(world: World, signing: Signing) -> None:
    school, stranger = signing.school, await create_unit(world)
    await appoint(school.head, signing.class_id, school.teacher)
    assert len(await print_slips(school.teacher, signing, learner_ids=[signing.pupils[0].id])) == 1
    (slip,) = ok(await school.teacher.get(f"{signing.path}/slips"))
    for client, status in ((school.counsellor, 403), (stranger.head, 404), (stranger.teacher, 404)):
        assert (await client.post(f"{signing.path}/slips", {})).status_code == status
        assert (await client.get(f"{signing.path}/slips")).status_code == status
        assert (await client.post(f"{SLIPS}/{slip['id']}/pin")).status_code == status
    last = {"learner_ids": [signing.pupils[-1].id]}
    assert_problem(await school.head.post(f"{signing.path}/slips", last), 409, "no_slip_to_print")
    other = await create_signing(school, signing.campaign_id, pupils=1)
    foreign = {"learner_ids": [other.pupils[0].id]}
    assert_problem(await school.head.post(f"{signing.path}/slips", foreign), 422, "unknown_record", "/learner_ids/0")


async def test_what_was_signed_elsewhere_is_a_pdf_and_staff_record_by_app(signing: Signing) -> None:
    head, named = signing.school.head, rows(signing.pupils[:1], "signed")
    assert_problem(await record(head, signing, named, way="signed_elsewhere"), 422, "missing", "/file_id")
    text = await head.call("POST", f"{signing.path}/files", content=b"thu", headers={"Content-Type": "text/plain"})
    refused = await record(head, signing, named, way="signed_elsewhere", file_id=ok(text, 201)["id"])
    assert_problem(refused, 422, "not_a_pdf", "/file_id")
    sheet = (await head.get(f"{signing.path}/sheet")).content
    pdf = await head.call("POST", f"{signing.path}/files", content=sheet, headers={"Content-Type": "application/pdf"})
    ok(await record(head, signing, named, way="signed_elsewhere", file_id=ok(pdf, 201)["id"]))
    ok(await record(head, signing, rows(signing.pupils[1:2], "signed"), way="app"))
    assert_problem(
        await record(head, signing, rows(signing.pupils[1:2], "signed"), way="slip"), 422, "literal_error", "/way"
    )
    assert [each["way"] for each in ok(await head.get(f"{signing.path}/entries"))] == ["signed_elsewhere", "app"]


async def test_a_slip_outlives_neither_its_days_nor_a_reading_its_half_hour(signing: Signing) -> None:
    holder = await holder_of(signing)
    read = ok(await holder.read())
    with time_machine.travel(utc_now() + timedelta(minutes=31)):
        assert_problem(await holder.act("sign", read), 404, "slip_not_usable")
    with time_machine.travel(utc_now() + timedelta(days=14)):
        ok(await holder.read())
    with time_machine.travel(utc_now() + timedelta(days=15)):
        assert_problem(await holder.read(), 404, "slip_not_usable")
