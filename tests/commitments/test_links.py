"""Links of slips under attack in large numbers: prefetched, guessed, forwarded, and measured. All invented."""

import asyncio
from itertools import cycle, islice

import pytest

from app.models.commitments.slips import CommitmentSlip
from app.security.receipts.slip_codes import new_code
from app.services.commitments.problems import SLIP_NOT_USABLE
from app.services.commitments.public import SlipHolderService
from tests.commitments.links import MOST_APART, UNKNOWN, elsewhere, medians, refused_links, spread
from tests.conftest import SHARE
from tests.factories.commitments import Signing, counts, create_signing
from tests.factories.http import assert_problem, ok
from tests.factories.slips import NOTHING_READ, PUBLIC, Holder, Json, holder_of, print_slips
from tests.factories.units import create_unit
from tests.intakes.backup import Backup, read_backup
from tests.world import World

pytestmark = pytest.mark.attack
PREFETCHES, GUESSES = 1_000 // SHARE, 200 // SHARE
PREFETCHING, ROUTES = ("GET", "HEAD", "OPTIONS", "POST"), ("reading", "status", "acts")
whole = pytest.mark.skipif(SHARE > 1, reason="a share of the requests has no steady median")


@pytest.fixture
async def families(world: World) -> Signing:
    return await create_signing(await create_unit(world), pupils=5)


async def test_prefetching_changes_nothing(world: World, families: Signing) -> None:
    holder, head = await holder_of(families), families.school.head
    asked = [(method, route) for method in PREFETCHING for route in ROUTES]
    before = await backup(world)
    found = dict[tuple[str, str], set[int]]()
    for method, route in islice(cycle(asked), PREFETCHES):
        body = {"json": {"code": holder.code}} if method == "POST" else {}
        answer = await holder.client.call(method, f"{PUBLIC}/{route}", **body)
        found.setdefault((method, route), set()).add(answer.status_code)
    # A reading is a POST that changes nothing; no other has what it takes.
    expected = {each: {405} for each in asked} | {("POST", route): {422} for route in ROUTES}
    assert found == expected | {("POST", "reading"): {200}}
    assert changed(before, await backup(world)) == set()
    assert ok(await holder.act("sign"))["state"] == "signed"
    assert counts(ok(await head.get(families.path)))["guardian"] == (5, 1, 1)


async def test_no_link_that_is_guessed_forwarded_foreign_or_over_changes_a_row(world: World, families: Signing) -> None:
    head = families.school.head
    async with refused_links(world, families) as links:
        alive, foreign_holder = await holder_of(families, 3), await holder_of(await elsewhere(families), 3)
        read, foreign = ok(await alive.read()), ok(await foreign_holder.read())
        (code,) = await print_slips(head, families, learner_ids=[families.pupils[3].id])
        reprinted, alive = alive, alive.with_code(code)
        fresh = ok(await alive.read())
        tries: list[tuple[Holder, Json]] = [
            *links.values(),
            (reprinted, read),
            (alive, read),
            (alive, foreign),
            (alive, links["withdrawn"][1]),
            (alive, NOTHING_READ),
            *((alive.with_code(each), fresh) for each in mistyped(code)),
            *((alive.with_code(new_code()), fresh) for _ in range(GUESSES)),
        ]
        before = await backup(world)
        for holder, given in tries:
            for act in ("sign", "refuse", "withdraw", "call"):
                assert_problem(await holder.act(act, given), 404, "slip_not_usable")
        assert changed(before, await backup(world)) == set()
        # Of another campaign: what was read is not what would be signed.
        swapped = fresh | {"template_id": NOTHING_READ["template_id"]}
        assert_problem(await alive.act("sign", swapped), 409, "commitment_text_changed")
        assert changed(before, await backup(world)) == set()
        # Forwarded to somebody without the second thing: the guess is counted, and no more.
        assert_problem(await alive.knowing("0000").act("sign", fresh), 403, "wrong_second_thing")
        assert changed(before, await backup(world)) == {"commitment_slip", "audit_entry"}
        assert ok(await alive.act("sign", fresh))["state"] == "signed"
        assert ok(await foreign_holder.status())["state"] == "pending"


@whole
async def test_no_refusal_is_known_by_its_time(world: World, families: Signing) -> None:
    async with refused_links(world, families) as links:
        found = await medians(links, 20)
    print(f"{world.engine}: medians of refusals { ({name: f'{1000 * each:.2f} ms' for name, each in found.items()}) }")
    assert spread(found) <= MOST_APART


@whole
@pytest.mark.parametrize("pause", [None, 0.001])
async def test_a_refusal_that_skips_a_look_or_waits_is_found(
    world: World, families: Signing, monkeypatch: pytest.MonkeyPatch, pause: float | None
) -> None:
    usable = SlipHolderService._usable

    async def differing(self: SlipHolderService, digest: str, spent: str) -> CommitmentSlip:
        if digest == self.secrets.code(UNKNOWN):
            if pause is None:
                raise SLIP_NOT_USABLE()
            await asyncio.sleep(pause)
        return await usable(self, digest, spent)

    async with refused_links(world, families) as links:
        monkeypatch.setattr(SlipHolderService, "_usable", differing)
        assert spread(await medians(links, 2)) > MOST_APART


def mistyped(code: str) -> list[str]:
    """A character more, one less, two swapped, and one that is another."""
    at = next(at for at in range(len(code) - 1) if code[at] != code[at + 1] and "-" not in code[at : at + 2])
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    return [f"{code}0", code[:-1], swapped, code[:-1] + ("0" if code[-1] != "0" else "1")]


async def backup(world: World) -> Backup:
    return await asyncio.to_thread(read_backup, world)


def changed(former: Backup, now: Backup) -> set[str]:
    """The tables of the whole database in which a row is new, gone or other."""
    return {name for name, rows in now.items() if rows != former[name]}
