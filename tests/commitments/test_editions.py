"""Editions: what leaves a school once a day, and what somebody learns who compares them. All invented."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from app.core.scoping import AccessClass
from app.core.time import utc_now
from app.core.vocabulary import Dimension
from app.models.commitments.classes import CommitmentCount, Tally
from app.models.commitments.editions import CommitmentEdition
from app.security.access.scope import ALL, Access, Range, Scope
from app.services.commitments.counters import recount
from app.services.commitments.disclosure import Figures, is_few, published
from app.services.commitments.editions import lacks_edition, make_editions
from app.services.platform.unit_of_work import UnitOfWork
from tests.commitments.attacker import Rule, differences, finds
from tests.conftest import SHARE
from tests.factories.commitments import (
    CAMPAIGNS,
    Signing,
    create_campaign,
    create_signing,
    create_template,
    record,
    rows,
)
from tests.factories.figures import Asked, asking, count_figures
from tests.factories.http import ok
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World

SEASONS = 600 // SHARE
Course = list[dict[str, Tally]]


def course(seed: int) -> Course:
    """A season of a school with few or many families: classes at once, families one by one, and who comes late."""
    chance = random.Random(seed)
    days = list[dict[str, Tally]]()
    now = {party: Tally(chance.choice([6, 8, 12, 16])) for party in ("pupil", "guardian")[: chance.randint(1, 2)]}
    for _ in range(chance.randint(4, 7)):
        days.append(dict(now))
        for party, has in now.items():
            owed = has.owed + chance.choice([0, 0, 0, 1, 2, 6])
            settled = has.settled + min(owed - has.settled, chance.choice([0, 1, 2, 4, 5, 6, 8, owed]))
            unsigned = min(settled - has.settled, chance.choice([0, 0, 1, 1, 2, 3, 5, 6]))
            now[party] = Tally(owed, settled, has.signed + settled - has.settled - unsigned)
    return days


def editions(days: Course) -> list[dict[str, Figures]]:
    made = list[dict[str, Figures]]()
    for now in days:
        made.append(published(made, now))
    return made


def alone(formers: Sequence[Figures], now: Tally) -> Figures:
    return published([{"pupil": each} for each in formers], {"pupil": now})["pupil"]


def hiding_small_numbers_alone(_: Sequence[Figures], now: Tally) -> Figures:
    """What was shown before there were editions, as an edition."""
    left, unsigned = now.owed - now.settled, now.settled - now.signed
    return Figures(now.owed, None if is_few(left) else now.settled, None if is_few(unsigned) else unsigned)


def found_by(rule: Rule, seeds: range) -> list[int]:
    """The seasons in which the attacker finds somebody."""
    found = []
    for seed in seeds:
        days = [each["pupil"] for each in course(seed)]
        made = list[Figures]()
        for now in days:
            made.append(rule(made, now))
        if finds(rule, [each.owed for each in days], made):
            found.append(seed)
    return found


@pytest.mark.attack
def test_who_compares_all_editions_and_knows_the_rolls_finds_nobody() -> None:
    assert found_by(alone, range(SEASONS)) == []
    # The attacker finds somebody where only small numbers are hidden.
    assert len(found_by(hiding_small_numbers_alone, range(10))) > 5


@pytest.mark.attack
def test_no_two_editions_differ_by_a_few_families_by_party_or_in_sum() -> None:
    for seed in range(20 * SEASONS):
        made = editions(course(seed))
        for shown in ([each[party] for each in made] for party in made[0]):
            assert not [each for each in differences(shown) if is_few(each)], seed
        whole = [Figures.summed(each.values()) for each in made]
        assert not [each for each in differences(whole) if is_few(each)], seed


@pytest.mark.parametrize(
    ("former", "now", "shown"),
    [
        (None, Tally(30, 0, 0), Figures(30, 0)),
        (None, Tally(3, 0, 0), Figures(3, None)),
        (None, Tally(30, 27, 20), Figures(30, None)),
        (Figures(30, 0), Tally(30, 4, 4), Figures(30, 0)),
        (Figures(30, 0), Tally(30, 27, 27), Figures(30, 0)),
        (Figures(30, 0), Tally(30, 20, 14), Figures(30, 20, 6)),
        (Figures(30, 0), Tally(30, 20, 17), Figures(30, 20)),
        (Figures(30, 20), Tally(30, 30, 26), Figures(30, 30)),
        (Figures(30, 20, 6), Tally(30, 30, 22), Figures(30, 30, 6)),
        # A late pupil changes nothing; a school that is settled shows as settled.
        (Figures(30, 30), Tally(31, 30, 30), Figures(30, 30)),
        (Figures(30, 20), Tally(31, 31, 31), Figures(30, 30)),
        (Figures(30, 20), Tally(60, 20, 20), Figures(60, 20)),
    ],
)
def test_a_figure_stays_until_it_changes_by_enough(former: Figures | None, now: Tally, shown: Figures) -> None:
    assert alone([former] if former else [], now) == shown


@pytest.fixture
async def bureau(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


@pytest.fixture
async def signing(world: World, bureau: StaffedUnit) -> Signing:
    template = await create_template(await world.client("so.officer"))
    campaign = await create_campaign(bureau.officer, [template["id"]])
    return await create_signing(await create_unit(world, under=bureau.id), campaign, 8)


async def night(world: World, signing: Signing, after: int) -> None:
    """Run the job some days from now, over the school alone."""
    async with world.runtime.work(ALL, write=False) as work:
        query = select(CommitmentEdition.org_path).where(CommitmentEdition.unit_id == signing.school.id)
        within = Range.at(await work.session.scalar(query.limit(1)) or "")
    async with world.runtime.work(Scope.to({AccessClass.LEARNER: Access(within, within)})) as work:
        work.now += timedelta(days=after)
        if await lacks_edition(work):
            await make_editions(work, {})
        await work.commit()


async def board(reader: StaffedUnit, signing: Signing) -> tuple[Any, ...]:
    (row,) = ok(await reader.officer.get(f"{CAMPAIGNS}/{signing.campaign_id}/board"))
    return tuple(row[name] for name in ("owed", "settled", "not_signed", "classes_left"))


async def test_above_a_school_the_board_changes_once_a_day(world: World, bureau: StaffedUnit, signing: Signing) -> None:
    school = signing.school
    assert await board(bureau, signing) == (16, 0, None, 1)
    ok(await record(school.head, signing, rows(signing.pupils, "signed", "pupil"), rows(signing.pupils[:2], "refused")))
    assert (await board(school, signing), await board(bureau, signing)) == ((16, 10, 2, 1), (16, 0, None, 1))
    await night(world, signing, 1)
    assert await board(bureau, signing) == (16, 8, None, 1)
    ok(await record(school.head, signing, rows(signing.pupils[2:], "not_reached")))
    await night(world, signing, 1)
    assert await board(bureau, signing) == (16, 8, None, 1)
    await night(world, signing, 2)
    assert (await board(bureau, signing), await board(school, signing)) == ((16, 16, None, 0), (16, 16, 8, 0))


@pytest.mark.attack
async def test_who_polls_the_board_sees_one_edition_a_day(world: World, bureau: StaffedUnit, signing: Signing) -> None:
    seen = list[set[tuple[Any, ...]]]()
    for day, (party, state) in enumerate([("pupil", "refused"), ("guardian", "signed")]):
        await night(world, signing, day)
        polled = {await board(bureau, signing)}
        for pupil in signing.pupils:
            ok(await record(signing.school.head, signing, rows([pupil], state, party)))
            polled.add(await board(bureau, signing))
        seen.append(polled)
    # The day of adoption has the first edition; eight had settled by the next.
    assert seen == [{(16, 0, None, 1)}, {(16, 8, None, 1)}]


async def test_a_report_counts_what_the_editions_show_and_no_more(
    world: World, bureau: StaffedUnit, signing: Signing
) -> None:
    asked = Asked(bureau.id, cut_off=utc_now() + timedelta(days=3))

    async def counted(name: str) -> tuple[int | None, int | None]:
        measure = {"measure": "ratio", "roll_up": "ratio"} if name.startswith("commitments_of") else {}
        return (await count_figures(bureau.head, asked, asking(name, Dimension.SCHOOL_LEVEL, **measure)))["X", ""]

    assert await counted("commitments_of_pupils") == (0, 8)
    body = rows(signing.pupils, "signed", "pupil"), rows(signing.pupils[:2], "refused")
    ok(await record(signing.school.head, signing, *body, rows(signing.pupils[2:], "signed")))
    assert await counted("commitments_of_families") == (0, 8)
    await night(world, signing, 1)
    # Of the two who refused nothing leaves the school.
    assert await counted("commitments_of_pupils") == await counted("commitments_of_families") == (8, 8)
    assert (await counted("commitments_not_signed"), await counted("commitment_classes_left")) == ((0, None), (0, None))
    own = asking("commitments_not_signed")
    assert (await count_figures(signing.school.head, Asked(signing.school.id, cut_off=asked.cut_off), own))["X", ""][
        0
    ] == 0


async def test_a_counter_changed_behind_its_back_is_an_alarm_and_stays(world: World) -> None:
    signing = await create_signing(await create_unit(world), pupils=1)

    async def shifted(work: UnitOfWork, by: int) -> None:
        key = CommitmentCount.commitment_class_id == UUID(signing.id)
        changed = update(CommitmentCount).where(key, CommitmentCount.party == "pupil")
        await work.session.execute(changed.values(owed=CommitmentCount.owed + by))
        await work.commit()

    async def alarms() -> list[Any]:
        with capture_logs() as logged:
            async with world.runtime.work(ALL) as work:
                await recount(work, {})
                await work.commit()
        return [each["counters"] for each in logged if each.get("campaign_id") == signing.campaign_id]

    assert await alarms() == []
    async with world.runtime.work(ALL) as work:
        await shifted(work, 1)
        assert await alarms() == [1]
        (found,) = ok(await signing.school.head.get(f"{CAMPAIGNS}/{signing.campaign_id}/differences"))
        assert (found["counted"]["owed"], found["found"]["owed"]) == (2, 1)
        await shifted(work, -1)
    assert await alarms() == []
