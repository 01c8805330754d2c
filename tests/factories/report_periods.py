"""Report periods with their school year and template. All of it invented."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.time import VIETNAM, today
from app.models.reports.reports import Report
from app.models.reports.templates import ReportTemplate
from app.models.school_years.school_years import SchoolTerm, SchoolYear
from app.schemas.reports.definitions import Definition
from app.security.access.scope import ALL
from tests.factories.http import API, ok, read_etag
from tests.factories.reports import definition
from tests.world import Client, World

NUMBERS = count(1)
YEAR = "2070-2071"
"""A school year of the tests' own that lasts for decades: their periods lie around today."""


async def school_year(world: World) -> str:
    async with world.runtime.work(ALL) as work:
        if await work.session.scalar(select(SchoolYear).where(SchoolYear.code == YEAR)) is None:
            days = {"starts_on": date(1998, 9, 1), "ends_on": date(2035, 8, 31)}
            work.session.add(SchoolYear(code=YEAR, **days, is_confirmed=True, source="mẫu"))
            work.session.add(SchoolTerm(school_year=YEAR, code="first", **days, is_confirmed=True, source="mẫu"))
            await work.commit()
    return YEAR


async def create_template(world: World, *, published: bool = True) -> str:
    """A small template; its code."""
    code = f"mau_thu_{next(NUMBERS)}"
    async with world.runtime.work(ALL) as work:
        work.session.add(
            ReportTemplate(
                code=code,
                number=1,
                label_vi="Báo cáo thử (mẫu)",
                label_en="Test report",
                definition=Definition.model_validate(definition()).model_dump(mode="json"),
                digest="0" * 64,
                valid_from=date(2020, 1, 1),
                created_at=work.now,
                published_at=work.now if published else None,
            )
        )
        await work.commit()
    return code


async def period_body(world: World, **changed: object) -> dict[str, Any]:
    """A thematic period that ended yesterday; schools report in 30 days, bureaus in 37, the department in 45."""
    days = {"school": 30, "bureau": 37, "commune": 37, "department": 45}
    return {
        "kind": "thematic",
        "template_code": await create_template(world),
        "school_year": await school_year(world),
        "starts_on": day_in(-300),
        "ends_on": day_in(-1),
        "dues": [{"kinds": [kind], "due_on": day_in(shift)} for kind, shift in days.items()],
    } | changed


async def create_period(world: World, by: Client, **changed: object) -> dict[str, Any]:
    period: dict[str, Any] = ok(await by.post(f"{API}/report-periods", await period_body(world, **changed)), 201)
    return period


async def open_period(by: Client, period_id: str) -> dict[str, Any]:
    opened: dict[str, Any] = ok(await by.post(f"{API}/report-periods/{period_id}/opening"))
    return opened


async def close_period(by: Client, period_id: str) -> None:
    path = f"{API}/report-periods/{period_id}"
    ok(await by.post(f"{path}/closing", headers={"If-Match": await read_etag(by, path)}))


async def bureau_period(world: World, bureau: Client, **changed: object) -> dict[str, Any]:
    """An open period for which the schools of a bureau report to it."""
    dues = [{"kinds": ["school"], "due_on": day_in(30)}]
    period = await create_period(world, bureau, **({"dues": dues} | changed))
    opened: dict[str, Any] = (await open_period(bureau, period["id"]))["period"]
    return opened


def over() -> dict[str, object]:
    """Days of a period whose schools were due long ago."""
    return {"ends_on": day_in(-60), "dues": [{"kinds": ["school"], "due_on": day_in(-40)}]}


async def reports_of(world: World, period_id: str) -> dict[UUID, Report]:
    """The reports of a period by unit, as stored."""
    async with world.runtime.work(ALL) as work:
        found = await work.session.scalars(select(Report).where(Report.period_id == UUID(period_id)))
        return {report.unit_id: report for report in found}


async def set_report(world: World, report_id: UUID, **values: object) -> None:
    """What a report's life would set."""
    async with world.runtime.work(ALL) as work:
        report = (await work.session.scalars(select(Report).where(Report.id == report_id))).one()
        for name, value in values.items():
            setattr(report, name, value)
        await work.commit()


def day_in(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def end_of(day: date) -> datetime:
    """The last microsecond of a day in Việt Nam."""
    return datetime.combine(day, datetime.max.time(), VIETNAM)
