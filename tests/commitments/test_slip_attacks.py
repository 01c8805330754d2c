"""Attacks on slips: guessing, replay, other codes, prefetching, and what a secret leaves behind. All invented."""

import asyncio
from typing import Any

import pytest

from tests.factories.commitments import Signing, counts, create_signing
from tests.factories.http import assert_problem, list_items, ok
from tests.factories.slips import PUBLIC, SLIPS, Holder, holder_of
from tests.factories.statements import sent
from tests.factories.units import create_unit
from tests.intakes.backup import read_backup
from tests.world import World

UNKNOWN = "0000-0000-0000-0000-0000"


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


async def test_refused_codes_are_alike_in_words_and_statements(world: World, signing: Signing) -> None:
    head, holder = signing.school.head, await holder_of(signing)
    read = ok(await holder.read())
    ok(await holder.act("call", read))
    other = await holder_of(signing, 1)
    (slip,) = [each for each in ok(await head.get(f"{signing.path}/slips")) if each["call_asked_at"] is None]
    fresh = ok(await other.read())
    ok(await head.post(f"{SLIPS}/{slip['id']}/withdrawal"))
    tried = {"unknown": (holder.with_code(UNKNOWN), read), "used": (holder, read), "withdrawn": (other, fresh)}
    found: list[tuple[Any, list[str]]] = []
    for each, given in tried.values():
        with sent(world) as statements:
            answer = await each.act("sign", given)
        assert_problem(answer, 404, "slip_not_usable")
        said = {name: value for name, value in answer.json().items() if name not in {"instance", "request_id"}}
        found.append((said, list(statements)))
    assert found[0] == found[1] == found[2]


async def test_prefetching_changes_nothing(signing: Signing) -> None:
    holder = await holder_of(signing)
    client, before = holder.client, ok(await signing.school.head.get(signing.path))
    body = {"code": holder.code, "second_thing": holder.second_thing, "act": "sign"}
    for route in ("reading", "acts"):
        for method in ("GET", "HEAD"):
            for _ in range(12):
                assert (await client.call(method, f"{PUBLIC}/{route}")).status_code == 405
    assert {(await client.post(f"{PUBLIC}/acts", body)).status_code for _ in range(12)} == {422}
    assert ok(await signing.school.head.get(signing.path)) == before
    assert ok(await holder.act("sign"))["state"] == "signed"
    assert counts(ok(await signing.school.head.get(signing.path)))["guardian"] == (3, 1, 1)


async def test_a_code_and_a_pin_are_left_nowhere(
    world: World, signing: Signing, capsys: pytest.CaptureFixture[str]
) -> None:
    head, holder = signing.school.head, await holder_of(signing)
    (slip,) = ok(await head.get(f"{signing.path}/slips"))
    pin = ok(await head.post(f"{SLIPS}/{slip['id']}/pin"))["pin"]
    knowing: Holder = holder.knowing(pin)
    ok(await knowing.act("call"))
    ok(await knowing.act("refuse", reason="Bịa"))
    # Six digits alone may stand in an id or a moment.
    stored = str(await asyncio.to_thread(read_backup, world)) + "".join(capsys.readouterr())
    bare = holder.code.replace("-", "")
    assert holder.code not in stored
    assert bare not in stored
    assert f"'{pin}'" not in stored
    assert f'"{pin}"' not in stored
