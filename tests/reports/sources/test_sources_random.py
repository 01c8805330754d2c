"""Random trees, custody, merges and cut-offs: a source agrees with a plain reading of the rule, and parts add up."""

import random
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from app.core.ids import case_code
from app.core.time import local_date
from app.core.vocabulary import Dimension
from app.models.cases.incidents import SCHOOL_VIOLENCE, Incident, IncidentPerson
from app.models.units import Unit
from app.security.access.scope import ALL
from tests.factories.figures import FIRST, LAST, Asked, asking, count_figures, list_overlaps
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World

CUT_OFF = datetime(2026, 11, 1, tzinfo=UTC)
MOMENTS = [CUT_OFF + timedelta(days=days) for days in (-200, -60, -3, 3)]
DAYS = [date(2026, 7, 31), date(2026, 8, 1), date(2026, 10, 10), date(2027, 7, 31), date(2027, 8, 1), None]
PLACES = ["toilet", "home", None]


@dataclass(frozen=True)
class Tree:
    """A bureau, its schools, and what lies anywhere among them."""

    bureau: StaffedUnit
    schools: list[StaffedUnit]
    paths: dict[UUID, str]
    incidents: list[Incident]

    def counted(self, units: Collection[UUID]) -> Counter[str]:
        """The events of school violence by place that count in some units, read plainly."""
        paths = {self.paths[unit_id] for unit_id in units}
        here = {each.id: each for each in self.incidents if self._path(each) in paths and each.created_at <= CUT_OFF}
        found = Counter[str]()
        for each in here.values():
            event = [other for other in here.values() if other.event_id == each.event_id and other.id < each.id]
            stands = each.event_id is None or (each.event_id not in here and not event)
            if stands and each.state != "dismissed" and each.group == SCHOOL_VIOLENCE and in_year(each):
                found[each.location or "unknown"] += 1
        return found

    def _path(self, each: Incident) -> str:
        came_down = each.came_down_at is not None and each.came_down_at > CUT_OFF
        return self.paths[each.came_down_from_id] if came_down and each.came_down_from_id else each.org_path


def in_year(each: Incident) -> bool:
    return FIRST <= (each.occurred_on or local_date(each.received_at)) <= LAST


async def grow(world: World, rolled: random.Random) -> Tree:
    bureau = await create_unit(world, "bureau", "department")
    schools = [await create_unit(world, under=bureau.id) for _ in range(3)]
    async with world.runtime.work(ALL) as work:
        ids = [bureau.id, *(school.id for school in schools)]
        paths = {unit_id: (await work.session.get_one(Unit, unit_id)).org_path for unit_id in ids}
        incidents = [_incident(rolled, bureau.id, paths) for _ in range(60)]
        _merge(rolled, incidents)
        for each in incidents:
            sex = rolled.choice(["female", "male"])
            person = IncidentPerson(incident_id=each.id, org_path=each.org_path, role="victim", kind="pupil", sex=sex)
            work.session.add_all([each, person])
        await work.commit()
    return Tree(bureau, schools, paths, incidents)


def _incident(rolled: random.Random, bureau_id: UUID, paths: dict[UUID, str]) -> Incident:
    holder_id = rolled.choice(list(paths))
    came_down: dict[str, Any] = {}
    if holder_id != bureau_id and rolled.random() < 0.4:
        came_down = {"came_down_at": rolled.choice(MOMENTS), "came_down_from_id": bureau_id}
    return Incident(
        code=case_code(2026),
        holder_id=holder_id,
        org_path=paths[holder_id],
        unit_id=holder_id,
        state=rolled.choice(["received", "closed", "dismissed"]),
        group=rolled.choice([SCHOOL_VIOLENCE, SCHOOL_VIOLENCE, "online"]),
        location=rolled.choice(PLACES),
        occurred_on=rolled.choice(DAYS),
        received_at=rolled.choice(MOMENTS),
        created_at=rolled.choice(MOMENTS),
        held_by_superior=holder_id == bureau_id,
        **came_down,
    )


def _merge(rolled: random.Random, incidents: list[Incident]) -> None:
    """Every now and then several incidents describe one event, in an order of its own."""
    shuffled = rolled.sample(incidents, len(incidents))
    ends = sorted({0, *rolled.sample(range(len(shuffled)), 35), len(shuffled)})
    for start, end in pairwise(ends):
        survivor, *absorbed = shuffled[start:end]
        for each in absorbed:
            each.merged_into_id = each.event_id = survivor.id
            survivor.received_at_unmerged = survivor.received_at


@pytest.mark.parametrize("seed", range(4))
async def test_source_agrees_with_a_plain_reading_and_parts_less_overlaps_are_the_whole(
    world: World, seed: int
) -> None:
    tree = await grow(world, random.Random(seed))
    schools = tuple(school.id for school in tree.schools)
    whole, own = Asked(tree.bureau.id, cut_off=CUT_OFF), Asked(tree.bureau.id, cut_off=CUT_OFF, below=schools)
    units = {whole: tree.paths.keys(), own: {tree.bureau.id}}
    units |= {Asked(school_id, cut_off=CUT_OFF): {school_id} for school_id in schools}
    wanted = asking("incidents_violence", Dimension.LOCATION)
    counts = {asked: await figures(tree, asked, wanted) for asked in units}
    for asked, members in units.items():
        places = tree.counted(members)
        assert counts[asked] == Counter({"": places.total()} | {f"location={code}": n for code, n in places.items()})
    await assert_parts_add_up(tree, whole, [each for each in units if each is not whole], own)


async def assert_parts_add_up(tree: Tree, whole: Asked, parts: list[Asked], own: Asked) -> None:
    for source, by in (("incidents_violence", Dimension.LOCATION), ("persons_violence", Dimension.SEX)):
        wanted = asking(source, by)
        added = sum([await figures(tree, each, wanted) for each in parts], Counter[str]())
        twice = Counter({cell: n for (_, cell), n in (await list_overlaps(tree.bureau.officer, own, wanted)).items()})
        expected = await figures(tree, whole, wanted)
        assert {cell: added[cell] - twice[cell] for cell in added | twice if added[cell] != twice[cell]} == {
            cell: n for cell, n in expected.items() if n
        }


async def figures(tree: Tree, asked: Asked, wanted: Any) -> Counter[str]:
    found = await count_figures(tree.bureau.officer, asked, wanted)
    return Counter({cell: value or 0 for (_, cell), (value, _) in found.items()})
