"""Attacks on slips: guessing, replay, other codes, prefetching, and what a secret leaves behind. All invented."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app.core.time import today, utc_now
from tests.commitments.links import refused_links
from tests.factories.commitments import (
    Signing,
    create_campaign,
    create_signing,
    create_template,
    next_version,
    rows,
)
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.learners import YEAR
from tests.factories.reminders import follow, forget_rolls
from tests.factories.slips import SLIPS, Holder, holder_of
from tests.factories.statements import sent
from tests.factories.units import create_unit
from tests.intakes.backup import read_backup
from tests.world import Client, World

REASONS = ("zqmotbia", "zqhaibia")
LISTS = ("commitment-classes", "work", "notices", "learners")
EXPORTED = ("learners", "guardians", "classes")


@pytest.fixture
async def signing(world: World) -> Signing:
    return await create_signing(await create_unit(world))


async def test_wrong_second_things_wait_longer_and_no_family_is_blocked_for_good(signing: Signing) -> None:
    head, holder = signing.school.head, await holder_of(signing)
    guess = holder.knowing("0000")
    assert [(await guess.status()).status_code for _ in range(4)] == [403, 403, 403, 429]
    waiting = await holder.status()
    assert_problem(waiting, 429, "too_many_requests")
    assert 0 < int(waiting.headers["retry-after"]) <= 61
    (slip,) = ok(await head.get(f"{signing.path}/slips"))
    assert slip["wrong_count"] == 3
    pin = ok(await head.post(f"{SLIPS}/{slip['id']}/pin"))["pin"]
    assert ok(await holder.knowing(pin).act("sign"))["state"] == "signed"


async def test_guesses_at_once_are_counted_one_by_one(signing: Signing) -> None:
    guess = (await holder_of(signing)).knowing("0000")
    answers = await asyncio.gather(*(guess.status() for _ in range(10)))
    assert sorted(each.status_code for each in answers) == [403] * 3 + [429] * 7
    assert await list_items(signing.school.head, "notices") == []


async def test_a_reading_is_good_for_one_act_of_its_own_slip(signing: Signing) -> None:
    holder, other = await holder_of(signing), await holder_of(signing, 1)
    read = ok(await holder.read())
    assert_problem(await other.act("sign", read), 404, "slip_not_usable")
    answers = await asyncio.gather(*(holder.act("sign", read) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 404, 404, 404, 404]
    assert len(ok(await signing.school.head.get(f"{signing.path}/entries"))) == 1


async def test_refused_codes_are_alike_in_words_status_headers_and_statements(world: World) -> None:
    async with refused_links(world, await create_signing(await create_unit(world), pupils=4)) as links:
        found = {name: await refusal(world, *each) for name, each in links.items()}
    assert [name for name, each in found.items() if each != found["unknown"]] == []


async def refusal(world: World, holder: Holder, read: Any) -> tuple[Any, ...]:
    """What a refused code is answered, but for the name of the request, and the statements that it took."""
    with sent(world) as statements:
        answer = await holder.act("sign", read)
    assert_problem(answer, 404, "slip_not_usable")
    said = {name: value for name, value in answer.json().items() if name not in {"instance", "request_id"}}
    return answer.status_code, said, dict(answer.headers) | {"x-request-id": ""}, list(statements)


async def test_what_was_read_before_a_new_version_signs_nothing(world: World) -> None:
    await forget_rolls(world)
    school, department = await create_unit(world), await world.client("so.officer")
    template = await create_template(department)
    signing = await create_signing(school, await create_campaign(school.head, [template["id"]]), pupils=2)
    holder = await holder_of(signing)
    read = ok(await holder.read())
    renewed = await next_version(department, template)
    await follow(world)
    assert_problem(await holder.act("sign", read), 409, "commitment_text_changed")
    assert ok(await school.head.get(f"{signing.path}/entries")) == []
    # The nonce is good for an act, and was none: but for the version it would be taken.
    ok(await holder.act("sign", read | {"template_id": renewed["id"]}))
    assert [each["template_id"] for each in ok(await school.head.get(f"{signing.path}/entries"))] == [renewed["id"]]


async def test_the_school_hears_of_every_fifth_wrong_second_thing(signing: Signing) -> None:
    guess, head = (await holder_of(signing)).knowing("0000"), signing.school.head
    (slip,) = ok(await head.get(f"{signing.path}/slips"))
    heard, at = list[int](), utc_now()
    for minutes in (0, 0, 0, 1, 2, 4, 8, 16, 32, 64):
        at += timedelta(minutes=minutes)
        with time_machine.travel(at, tick=False):
            assert_problem(await guess.status(), 403, "wrong_second_thing")
        heard.append(len(await notices_of(signing)))
    assert heard == [0, 0, 0, 0, 1, 1, 1, 1, 1, 2]
    shown, code = (await notices_of(signing))[0], ok(await head.get(signing.path))["code"]
    assert shown["kind"] == "commitment_slip_guessed"
    assert shown["data"] == {"commitment_class_id": signing.id, "code": code, "slip_id": slip["id"]}


async def notices_of(signing: Signing) -> list[dict[str, Any]]:
    return await list_items(signing.school.head, "notices")


async def test_a_code_a_pin_and_a_reason_are_left_nowhere(
    world: World, signing: Signing, capsys: pytest.CaptureFixture[str]
) -> None:
    """In no row, so in no notice, webhook or stored answer; in no log, list or export, and read by the head alone."""
    head, officer, holder = signing.school.head, signing.school.officer, await holder_of(signing)
    (slip,) = ok(await head.get(f"{signing.path}/slips"))
    keyed = {"Idempotency-Key": "khoa-bia"}
    pins = [ok(await head.post(f"{SLIPS}/{slip['id']}/pin", headers=keyed))["pin"] for _ in range(2)]
    # Not answered from a store: each is new.
    assert pins[0] != pins[1]
    knowing: Holder = holder.knowing(pins[1])
    ok(await knowing.act("call"))
    ok(await knowing.act("refuse", reason=REASONS[0]))
    body = {"way": "class_sheet", "signed_on": today().isoformat()}
    named = rows(signing.pupils[1:2], "refused", reason=REASONS[1])
    recorded = [await head.post(f"{signing.path}/signatures", {**body, "rows": named}, headers=keyed) for _ in range(2)]
    assert [each.headers.get("Idempotent-Replayed") for each in recorded] == [None, "true"]
    assert [each["reason"] for each in ok(await head.get(f"{signing.path}/entries"))] == list(REASONS)
    texts = [await asyncio.to_thread(read_backup, world), *capsys.readouterr(), *(each.text for each in recorded)]
    lists = (signing.path, f"{signing.path}/entries", f"{signing.path}/slips", *(f"{API}/{each}" for each in LISTS))
    texts += [answer.text for path in lists if (answer := await officer.get(path)).raise_for_status()]
    texts += [answer.text for name in EXPORTED if (answer := await export(officer, name)).raise_for_status()]
    texts += [(await head.get(f"{API}/notices")).text]
    found = " ".join(map(str, texts))
    assert slip["id"] in found
    # Six digits alone may stand in an id or a moment.
    quoted = [f"{mark}{pin}{mark}" for pin in pins for mark in "'\""]
    assert [each for each in (holder.code, holder.code.replace("-", ""), *REASONS, *quoted) if each in found] == []


async def export(client: Client, name: str) -> Any:
    body = {"exported": name, "format": "jsonl", "school_year": YEAR, "reason": "Lập danh sách (bịa)"}
    return await client.post(f"{API}/exports", body)
