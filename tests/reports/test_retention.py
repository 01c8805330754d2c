"""Reports, what belongs to them, and roster counts end by a clock."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.core.time import utc_now
from app.models.reports.reports import Report
from app.models.school_years.roster_counts import RosterCount
from app.security.access.scope import ALL
from tests.factories.http import ok
from tests.factories.privacy import destroy_due_records, preview_retention, set_retention_periods
from tests.factories.report_files import add_issued
from tests.factories.report_periods import set_report
from tests.factories.reports import YEAR, create_chain, submitted
from tests.factories.units import StaffedUnit
from tests.factories.urgent_reports import draft
from tests.world import Client, World

LONG_AGO = timedelta(days=21 * 366)
ISSUANCE = {"number": 45, "symbol": "BC-THMH", "issued_on": "2027-08-20", "place": "Minh Họa"}


async def classes(client: Client, unit: StaffedUnit) -> dict[str, str]:
    """The class of each record of a unit that is due, by its id."""
    found: list[dict[str, Any]] = (await preview_retention(client, limit=100))["items"]
    return {each["id"]: each["class_code"] for each in found if each["unit_id"] == str(unit.id)}


async def count_pupils(world: World, unit: StaffedUnit, *, long_ago: bool) -> str:
    async with world.runtime.work(ALL) as work:
        report = (await work.session.scalars(select(Report).where(Report.unit_id == unit.id))).first()
        assert report is not None
        row = RosterCount(
            unit_id=unit.id,
            org_path=report.org_path,
            school_year=YEAR,
            moment="start",
            counted_on=date(2026, 9, 30),
            school_level="primary" if long_ago else "lower_secondary",
            sex="female",
            pupils=300,
            source="mẫu",
            created_at=work.now,
            created_by=unit.id,
        )
        work.session.add(row)
        await work.flush()
        if long_ago:
            old = update(RosterCount).where(RosterCount.id == row.id).values(created_at=work.now - LONG_AGO)
            await work.session.execute(old)
        row_id = str(row.id)
        await work.commit()
        return row_id


async def test_a_report_counts_from_its_lock_or_else_from_its_due_time(world: World) -> None:
    chain = await create_chain(world, schools=3)
    locked, never, recent = chain.schools
    before = utc_now() - LONG_AGO
    await set_report(world, chain.reports[locked.id], state="locked", due_at=before, locked_at=before)
    await set_report(world, chain.reports[never.id], due_at=before)
    await set_report(world, chain.reports[recent.id], state="locked", due_at=before, locked_at=utc_now())
    for client in (await world.client("so.head"), await world.client("so.officer")):
        assert await classes(client, locked) == {str(chain.reports[locked.id]): "report"}
        assert await classes(client, never) == {str(chain.reports[never.id]): "unlocked_report"}
        assert await classes(client, recent) == {}


async def test_an_urgent_report_counts_from_the_end_of_its_school_year(world: World) -> None:
    (school,) = (await create_chain(world, schools=1)).schools
    report = (await draft(school.head, (await school.head.create_intake())["incident_id"]))["report_id"]
    head = await world.client("so.head")
    assert report not in await classes(head, school)
    await set_report(world, UUID(report), due_at=utc_now() - LONG_AGO)
    assert (await classes(head, school))[report] == "unlocked_report"


async def test_files_versions_and_the_register_end_with_their_report(world: World) -> None:
    chain = await create_chain(world, schools=2)
    school, other = chain.schools
    for unit in chain.schools:
        await submitted(unit, chain.report(unit))
        ok(await unit.officer.post(f"{chain.report(unit)}/issuances", ISSUANCE), 201)
        ok(await add_issued(unit.head, chain.report(unit)), 201)
    await set_report(world, chain.reports[school.id], due_at=utc_now() - LONG_AGO)
    await set_retention_periods(world)
    await destroy_due_records(world)
    path = chain.report(school)
    (entry,) = ok(await school.head.get(f"{path}/issuances"))
    assert (entry["number"], entry["recipients"]) == (45, [])
    (file,) = ok(await school.head.get(f"{path}/files"))
    assert file["variants"] == []
    assert (await school.head.get(f"{path}/documents/json")).status_code != 200
    (stays,) = ok(await other.head.get(f"{chain.report(other)}/files"))
    assert stays["variants"]
    assert (await other.head.get(f"{chain.report(other)}/documents/json")).status_code == 200


async def test_a_roster_count_is_listed_and_deleted_when_its_time_is_over(world: World) -> None:
    (school,) = (await create_chain(world, schools=1)).schools
    old, new = await count_pupils(world, school, long_ago=True), await count_pupils(world, school, long_ago=False)
    assert await classes(await world.client("so.head"), school) == {old: "roster_count"}
    await set_retention_periods(world)
    await destroy_due_records(world)
    async with world.runtime.work(ALL) as work:
        left = await work.session.scalars(select(RosterCount.id).where(RosterCount.unit_id == school.id))
        assert [str(each) for each in left] == [new]
