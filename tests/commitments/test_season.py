"""A season of reminders in small; `make season` runs it for 50,000 families on PostgreSQL. All invented."""

import os
import random
import time
from collections import Counter
from datetime import timedelta
from uuid import UUID

from app.core.time import start_of, today
from tests.commitments.season import RULES, Clock, Season, Simulation
from tests.commitments.season_families import Families
from tests.factories.clock import AdvanceClock
from tests.factories.commitments import create_campaign, secondary_template
from tests.factories.reminders import forget_rolls
from tests.world import World

FAMILIES = int(os.environ.get("ATHD_FAMILIES", "60"))
DAYS = 14
SCHOOL = 1_000
# Weeks after the days of other tests in the same world.
LATER = timedelta(days=40)


async def test_a_season_writes_to_nobody_twice_a_day_at_night_or_whom_it_may_not(
    world: World, advance_clock: AdvanceClock
) -> None:
    await forget_rolls(world)
    first = today() + LATER
    department = await world.client("so.officer")
    days = {"opens_on": first.isoformat(), "closes_on": (first + timedelta(days=DAYS)).isoformat(), "reminders": RULES}
    campaign = await create_campaign(department, [await secondary_template(department)], **days)
    families, clock = Families(world, UUID(campaign), random.Random(19)), Clock(advance_clock, start_of(first))
    clock.set(-1, 12)
    began = time.perf_counter()
    await families.found(2 + FAMILIES // SCHOOL)
    await families.enrol(FAMILIES, first)
    rolls = time.perf_counter() - began
    await families.adopt()
    await families.count()
    adopted = time.perf_counter() - began - rolls
    simulation = Simulation(families, clock, at_once=3)
    season = await simulation.run(DAYS)
    print(f"{world.engine}: {FAMILIES} families, {sum(map(len, season.sent.values()))} messages, {season.outcomes}")
    print(f"rolls {rolls:.0f} s, adoption {adopted:.0f} s, all {time.perf_counter() - began:.0f} s")
    print(*simulation.figures(), sep="\n")
    assert season.faults() == Counter()
    whys = Counter(why for _, why in season.silent.values())
    print(f"silent: {whys}")
    assert len(season.sent) > FAMILIES / 2
    assert min(whys["refused"], whys["decided"]) > FAMILIES / 20
    await forget_rolls(world)


def test_each_fault_of_a_season_is_found() -> None:
    season, seven = Season(), start_of(today()) + timedelta(hours=7)
    season.sent["a"] = [seven, seven + timedelta(hours=1)]
    season.sent["b"] = [seven - timedelta(hours=1), seven + timedelta(hours=37)]
    season.sent["c"] = [seven + timedelta(days=each) for each in range(4)]
    season.silence("c", seven + timedelta(days=3), "refused")
    assert season.faults() == {"second of a day": 1, "at night": 2, "above the limit": 1, "refused": 1}
