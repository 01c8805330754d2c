"""Paper lists of commitments by upload: as by hand, with the counters, and taken back. All invented."""

from typing import Any

import pytest

from app.core.time import today
from tests.factories.commitments import (
    Signing,
    assert_counted,
    counts,
    create_campaign,
    create_signing,
    create_template,
    record,
    rows,
)
from tests.factories.http import API, ok
from tests.factories.slips import add_father, guardians_of, holder_of
from tests.factories.units import create_unit
from tests.factories.uploads import fates, list_errors, revert_upload, table, upload
from tests.world import World

HEAD = "Lớp,Mã trên phiếu,Bên ký,Kết quả,Ngày ký,Cách ký"


@pytest.fixture
async def signing(world: World) -> Signing:
    return await create_signing(await create_unit(world))


async def lines(signing: Signing, *said: tuple[int, str, str]) -> list[str]:
    shown = ok(await signing.school.head.get(signing.path))
    codes = {each["learner_id"]: each["code"] for each in shown["learners"]}
    day = today().strftime("%d/%m/%Y")
    return [
        f"{shown['code']},{codes[signing.pupils[at].id]},{party},{state},{day},Phiếu lớp" for at, party, state in said
    ]


async def send(signing: Signing, *said: str) -> dict[str, Any]:
    return await upload(signing.school.officer, table(HEAD, *said), "commitment_signatures")


async def tallies(signing: Signing) -> dict[str, tuple[int, int, int]]:
    await assert_counted(signing)
    return counts(ok(await signing.school.head.get(signing.path)))


async def test_a_list_settles_a_class_once_and_is_taken_back(signing: Signing) -> None:
    head = signing.school.head
    ok(await record(head, signing, rows(signing.pupils[:1], "refused")))
    said = await lines(
        signing,
        *((0, "Học sinh", "Đã ký"), (1, "Học sinh", "Đã ký"), (1, "Phụ huynh", "Từ chối")),
        *((2, "Phụ huynh", "Chưa liên hệ được"), (0, "Phụ huynh", "Đã ký")),
    )
    done = await send(
        signing, *said, said[0].replace(said[0].split(",")[1], "khong-co"), f"9Z9{said[0][said[0].index(',') :]}"
    )
    assert fates(done) == {"created": 4, "refused": 3}
    errors = {code for _, _, code in await list_errors(signing.school.officer, done)}
    assert errors == {"contradicts_record", "not_asked", "unknown_sheet"}
    assert await tallies(signing) == {"pupil": (3, 2, 2), "guardian": (3, 3, 0)}
    assert fates(await send(signing, *said[:4])) == {"same": 4}
    # What is corrected by hand since stays.
    first = {"rows": [{"learner_id": signing.pupils[0].id, "party": "pupil"}]}
    ok(await head.post(f"{signing.path}/withdrawals", first))
    await revert_upload(signing.school.officer, done)
    assert await tallies(signing) == {"pupil": (3, 0, 0), "guardian": (3, 1, 0)}
    shown = ok(await head.get(signing.path))
    states = {(at, of["party"]): of["state"] for at, each in enumerate(shown["learners"]) for of in each["obligations"]}
    assert sorted(states.values()) == ["no_contact_details", "pending", "refused", *["withdrawn"] * 3]
    assert len(ok(await head.get(f"{signing.path}/entries"))) == 5


async def test_a_revert_leaves_what_a_guardian_said_by_slip_since(signing: Signing) -> None:
    done = await send(signing, *await lines(signing, (0, "Phụ huynh", "Đã ký")))
    holder = await holder_of(signing)
    ok(await holder.act("sign"))
    await revert_upload(signing.school.officer, done)
    assert ok(await holder.status())["state"] == "signed"
    assert (await tallies(signing))["guardian"] == (3, 1, 1)


async def test_a_revert_leaves_what_a_guardian_said_before(world: World) -> None:
    school = await create_unit(world)
    template = await create_template(await world.client("so.officer"), satisfied_by="each")
    signing = await create_signing(school, await create_campaign(school.head, [template["id"]]))
    mothers = []
    for at in (0, 1):
        await add_father(signing, at)
        mothers.append(await holder_of(signing, at, guardian_ids=[(await guardians_of(signing, at))["mother"]]))
        ok(await mothers[at].act("sign"))
    done = await send(signing, *await lines(signing, (0, "Phụ huynh", "Đã ký"), (1, "Phụ huynh", "Từ chối")))
    assert (await tallies(signing))["guardian"] == (3, 1, 1)
    await revert_upload(school.officer, done)
    assert (await tallies(signing))["guardian"] == (3, 0, 0)
    shown = ok(await school.head.get(signing.path))
    states = [of["state"] for each in shown["learners"] for of in each["obligations"] if of["party"] == "guardian"]
    assert states == ["asked", "asked", "no_contact_details"]
    assert [ok(await mother.status())["state"] for mother in mothers] == ["signed", "signed"]


async def test_a_class_in_two_campaigns_is_named_by_its_sheet(signing: Signing) -> None:
    other = await create_signing(signing.school, pupils=1)
    assert other.campaign_id != signing.campaign_id
    (line,) = await lines(signing, (0, "Học sinh", "Đã ký"))
    listed = ok(await signing.school.head.get(f"{API}/classes"))["items"]
    code = next(each["code"] for each in listed if each["id"] == signing.class_id)
    named = await send(signing, f"{code}{line[line.index(',') :]}")
    assert [each for _, _, each in await list_errors(signing.school.officer, named)] == ["several_sheets"]
    assert fates(await send(signing, line)) == {"created": 1}


async def test_a_learner_whom_two_rows_name_by_two_codes_says_one_thing(signing: Signing) -> None:
    line, refusal = await lines(signing, (0, "Học sinh", "Đã ký"), (0, "Học sinh", "Từ chối"))
    listed = ok(await signing.school.head.get(f"{API}/classes"))["items"]
    code = next(each["code"] for each in listed if each["id"] == signing.class_id)
    again, against = (f"{code}{each[each.index(',') :]}" for each in (line, refusal))
    done = await send(signing, line, again)
    assert fates(done) == {"created": 1, "same": 1}
    await revert_upload(signing.school.officer, done)
    done = await send(signing, line, against)
    assert fates(done) == {"created": 1, "refused": 1}
    assert [each for _, _, each in await list_errors(signing.school.officer, done)] == ["contradicts_record"]
    assert (await tallies(signing))["pupil"] == (3, 1, 1)


async def test_who_may_not_record_commitments_uploads_none(world: World, signing: Signing) -> None:
    (line,) = await lines(signing, (0, "Học sinh", "Đã ký"))
    stranger = await create_unit(world)
    done = await upload(stranger.officer, table(HEAD, line), "commitment_signatures")
    assert [code for _, _, code in await list_errors(stranger.officer, done)] == ["unknown_sheet"]
    assert (await tallies(signing))["pupil"] == (3, 0, 0)
