"""Whose figure a case is: custody, merges and destruction, for every reader; and which range a source must name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Select, exists, select

from app.core.time import utc_now
from app.core.vocabulary import Dimension
from app.models.cases.incidents import Incident, IncidentPerson
from app.repositories.reports.sources import SOURCES
from app.repositories.reports.sources.extents import Bounds, Extent
from app.repositories.reports.sources.registry import PROBE, SourceError, register
from app.schemas.reports.definitions import Definition
from app.security.access.scope import EVERYTHING
from tests.factories.accounts import transfer_user
from tests.factories.custody import accuse, create_unseen_report
from tests.factories.duplicates import merge_incidents
from tests.factories.figures import PUPIL, Asked, count_cells, count_figures, count_one, create_event, list_overlaps
from tests.factories.http import API, ok, read_etag
from tests.factories.privacy import create_ended_case, destroy_due_records, set_retention_periods
from tests.factories.referrals import create_referral
from tests.factories.units import StaffedUnit, create_unit
from tests.reports.templates.definitions import definition, indicator
from tests.world import Client, World

BELOW = "incidents_occurred_below"
CLEARED = {
    "finding": "cleared",
    "reason": "Không có lỗi (bịa)",
    "summary": "Đã xác minh (bịa)",
    "names_no_informant": True,
}
CORRECTED = {"finding": "corrected", "reason": "Nêu nhầm người (bịa)"}


def everything() -> Definition:
    """An indicator for each source, broken down by each of its dimensions."""
    items = [
        indicator(f"X{number}", source=name, breakdowns=[[each] for each in sorted(SOURCES[name].dimensions)])
        for number, name in enumerate(sorted(SOURCES))
    ]
    return definition(*items)


@pytest_asyncio.fixture
async def bureau(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


@pytest_asyncio.fixture
async def schools(world: World, bureau: StaffedUnit) -> list[StaffedUnit]:
    return [await create_unit(world, under=bureau.id) for _ in range(2)]


async def raise_event(bureau: StaffedUnit, school: StaffedUnit, **form: Any) -> str:
    """An incident at a school in which its head is accused: the bureau holds it."""
    children = [{"sex": "female", "estimated_age": 12}]
    described = {"forms": ["physical_violence"], "location": "toilet", "children": children}
    return await create_event(bureau.officer, unit_id=str(school.id), accused=accuse(), **described | form)


async def find(bureau: StaffedUnit, incident_id: str, finding: dict[str, object]) -> None:
    """Record what the accusation of the head proved to be."""
    path = f"{API}/incidents/{incident_id}/persons"
    person = next(each for each in ok(await bureau.officer.get(path)) if each["kind"] == "school_leader")
    place = f"{path}/{person['id']}"
    headers = {"If-Match": await read_etag(bureau.officer, place)}
    ok(await bureau.officer.post(f"{place}/finding", finding, headers=headers))


class TestCustody:
    async def test_raised_case_leaves_no_trace_in_the_schools_figures(
        self, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        school, _ = schools
        await create_event(school.head, children=[{"sex": "male"}], accused=[PUPIL])
        asked, wanted = Asked(school.id), everything()
        before = await count_figures(school.head, asked, wanted)
        await raise_event(bureau, school)
        await create_referral(bureau.officer, await raise_event(bureau, school, group="child_abuse"))
        assert await count_figures(school.head, asked, wanted) == before
        await raise_event(bureau, school, occurred_on="2026-03-03")
        last_year = replace(asked, first=date(2025, 8, 1), last=date(2026, 7, 31))
        assert await count_one(school.head, last_year, "incidents_violence") == 0
        assert await count_one(bureau.officer, replace(last_year, unit_id=bureau.id), BELOW) == 1

    async def test_holder_counts_it_beside_its_other_figures(
        self, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        school, other = schools
        await raise_event(bureau, school)
        await create_event(school.head)
        await create_event(bureau.officer, unit_id=str(other.id))
        asked = Asked(bureau.id)
        assert await count_one(bureau.officer, asked, BELOW) == 1
        assert await count_one(bureau.officer, asked, "incidents_violence") == 3
        own = replace(asked, below=[each.id for each in schools])
        assert await count_one(bureau.officer, own, "incidents_violence") == 1, "the schools bring theirs"
        assert await count_one(school.head, Asked(school.id), "incidents_violence") == 1
        assert await count_one(school.head, Asked(school.id), BELOW) == 0

    @pytest.mark.parametrize("finding", [CLEARED, CORRECTED], ids=["cleared", "corrected"])
    async def test_what_came_down_after_the_cut_off_still_counts_above_for_that_period(
        self, bureau: StaffedUnit, schools: list[StaffedUnit], finding: dict[str, object]
    ) -> None:
        school, _ = schools
        incident_id = await raise_event(bureau, school)
        cut_off = utc_now()
        await find(bureau, incident_id, finding)
        then = {
            "school": await self.counted(school.head, Asked(school.id, cut_off=cut_off)),
            "bureau": await self.counted(bureau.officer, Asked(bureau.id, cut_off=cut_off)),
            "own": await self.counted(bureau.officer, Asked(bureau.id, cut_off=cut_off, below=[school.id])),
        }
        assert then == {"school": (0, 0), "bureau": (1, 1), "own": (1, 1)}
        now = {
            "school": await self.counted(school.head, Asked(school.id)),
            "bureau": await self.counted(bureau.officer, Asked(bureau.id)),
            "own": await self.counted(bureau.officer, Asked(bureau.id, below=[school.id])),
        }
        assert now == {"school": (1, 0), "bureau": (1, 0), "own": (0, 0)}

    async def counted(self, reader: Client, asked: Asked) -> tuple[int | None, int | None]:
        return await count_one(reader, asked, "incidents_violence"), await count_one(reader, asked, BELOW)

    async def test_two_readers_of_one_report_see_one_figure(
        self, world: World, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        school, other = schools
        former = await transfer_user(world, school.teacher, bureau.id, "bureau_officer")
        await raise_event(bureau, school)
        await create_event(other.head)
        asked, wanted = Asked(bureau.id), everything()
        seen = await count_figures(bureau.officer, asked, wanted)
        assert await count_figures(former, asked, wanted) == seen
        assert await count_figures(other.head, asked, wanted) == seen
        assert await count_one(former, asked, "incidents_violence") == 2

    async def test_report_that_staff_do_not_see_yet_counts_nowhere(
        self, world: World, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        school, other = schools
        asked, wanted = Asked(bureau.id), everything()
        before = await count_figures(bureau.officer, asked, wanted)
        await create_unseen_report(world, school, other)
        assert await count_figures(bureau.officer, asked, wanted) == before


class TestMerges:
    async def test_event_counts_once_at_each_level(
        self, world: World, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        one, other = schools
        department = await world.client("so.officer")
        asked = Asked(world.units["department"])
        before = await count_one(department, asked, "incidents_violence") or 0
        survivor = await create_event(one.head, location="toilet", children=[{"sex": "female"}])
        absorbed = await create_event(other.head, location="home", children=[{"sex": "male"}])
        ok(await merge_incidents(bureau.officer, survivor, absorbed), 201)
        assert await count_one(one.head, Asked(one.id), "incidents_violence") == 1
        assert await count_one(other.head, Asked(other.id), "incidents_violence") == 1
        assert await count_one(bureau.officer, Asked(bureau.id), "incidents_violence") == 1
        assert await count_one(department, asked, "incidents_violence") == before + 1
        places = await count_cells(bureau.officer, Asked(bureau.id), "incidents_violence", Dimension.LOCATION)
        assert places == {"toilet": 1}, "the surviving one stands for the event"
        assert await count_one(bureau.officer, Asked(bureau.id), "persons_violence") == 1

    async def test_what_two_units_below_count_of_one_event_is_a_named_overlap(
        self, bureau: StaffedUnit, schools: list[StaffedUnit]
    ) -> None:
        one, other = schools
        survivor = await create_event(one.head, location="toilet", children=[{"sex": "female"}])
        absorbed = await create_event(other.head, location="home", children=[{"sex": "male"}])
        ok(await merge_incidents(bureau.officer, survivor, absorbed), 201)
        twice = [await create_event(one.head, location="home") for _ in range(2)]
        ok(await merge_incidents(one.head, *twice), 201)
        wanted, asked = everything(), Asked(bureau.id, below=[each.id for each in schools])
        whole = await count_figures(bureau.officer, Asked(bureau.id), wanted)
        of_each = (asked, *(Asked(unit_id) for unit_id in asked.below))
        parts = [await count_figures(bureau.officer, each, wanted) for each in of_each]
        found = await list_overlaps(bureau.officer, asked, wanted)
        names = sorted(SOURCES)
        assert found[f"X{names.index('incidents_violence')}", ""] == 1
        assert found[f"X{names.index('persons_violence')}", "sex=male"] == 1
        keys = {key for each in (whole, *parts) for key in each}
        for key in keys:
            added = sum(each.get(key, (0, None))[0] or 0 for each in parts)
            assert added - found.get(key, 0) == (whole.get(key, (0, None))[0] or 0), key
        assert await list_overlaps(one.head, Asked(one.id), wanted) == {}


async def test_destroyed_case_counts_no_more(world: World, school: StaffedUnit) -> None:
    await create_event(school.head)
    await create_ended_case(school)
    asked = Asked(school.id, first=date(2000, 1, 1))
    assert await count_one(school.head, asked, "incidents_violence") == 2
    assert await count_cells(school.head, asked, "persons_violence", Dimension.GRADE) == {"7": 1}
    await set_retention_periods(world)
    await destroy_due_records(world)
    assert await count_one(school.head, asked, "incidents_violence") == 1
    assert await count_cells(school.head, asked, "persons_violence", Dimension.GRADE) == {}


Query = Callable[[Bounds], Select[Any]]
COLUMNS: tuple[Any, ...] = (
    Incident.id.label("key"),
    Incident.id.label("row_id"),
    Incident.unit_id.label("unit_id"),
    Incident.version.label("numerator"),
    Incident.version.label("denominator"),
)


def of_all(_: Bounds) -> Select[Any]:
    """All of them, for every reporting unit."""
    return select(*COLUMNS)


def of_one_end(extent: Bounds) -> Select[Any]:
    """Half a range."""
    return select(*COLUMNS).where(Incident.org_path >= extent.lo)


def beside_others(extent: Bounds) -> Select[Any]:
    """By what is known of others."""
    anybody = exists(select(IncidentPerson.id).where(IncidentPerson.role == "victim"))
    return select(*COLUMNS).where(extent.covers(Incident.org_path), anybody)


def by_the_way(extent: Bounds) -> Select[Any]:
    """By a table that is not declared."""
    tied = exists(select(IncidentPerson.id).where(IncidentPerson.incident_id == Incident.id))
    return select(*COLUMNS).where(extent.covers(Incident.org_path), tied)


def right(extent: Bounds) -> Select[Any]:
    """Those of the range."""
    return select(*COLUMNS).where(extent.covers(Incident.org_path))


def wordless(extent: Bounds) -> Select[Any]:
    return right(extent)


@pytest.mark.parametrize(
    ("query", "tables", "why"),
    [
        (of_all, (Incident,), "does not name the range"),
        (of_one_end, (Incident,), "does not name the range"),
        (beside_others, (Incident, IncidentPerson), "beyond the range in a nested query"),
        (by_the_way, (Incident,), "other tables"),
        (right, (Incident, IncidentPerson), "other tables"),
        (wordless, (Incident,), "no rule in words"),
    ],
)
def test_source_that_counts_beyond_its_range_or_is_not_what_it_declares_is_refused(
    query: Query, tables: tuple[Any, ...], why: str
) -> None:
    known = SOURCES["reports_owed"]
    with pytest.raises(SourceError, match=why):
        register(replace(known, name="invented", select=query, tables=tables))
    assert "invented" not in SOURCES


def test_extent_counts_only_once_what_came_down_was_looked_up() -> None:
    extent = Extent(PROBE.unit_id, EVERYTHING, PROBE.first, PROBE.last, PROBE.cut_off, PROBE.at, PROBE.school_year)
    with pytest.raises(LookupError, match="came down"):
        extent.bounds()


def test_name_is_registered_once() -> None:
    with pytest.raises(SourceError, match="twice"):
        register(SOURCES["reports_owed"])
