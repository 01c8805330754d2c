"""Reports of a test's own, with an invented template of a few items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from app.core.ids import case_code, new_id
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.models.reports.templates import ReportTemplate
from app.models.school_years.school_years import SchoolYear
from app.repositories.units import UnitRepository
from app.schemas.reports.definitions import Definition
from app.security.access.scope import ALL
from tests.factories.http import API, ok, read_etag
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

REPORTS = f"{API}/reports"
YEAR = "2026-2027"
ITEMS: list[dict[str, Any]] = [
    {
        "kind": "indicator",
        "code": "A1",
        "label_vi": "Số vụ (bịa)",
        "label_en": "Cases (invented)",
        "unit_vi": "vụ",
        "unit_en": "cases",
        "measure": "count",
        "roll_up": "sum",
        "breakdowns": [["sex"], ["school_level"]],
    },
    {
        "kind": "indicator",
        "code": "A2",
        "label_vi": "Tỷ lệ (bịa)",
        "label_en": "Share (invented)",
        "unit_vi": "%",
        "unit_en": "%",
        "measure": "ratio",
        "roll_up": "ratio",
        "is_required": False,
    },
]
COUNTED = ITEMS[0] | {"code": "A3", "source": "incidents_violence", "breakdowns": [["location"]], "is_required": False}
TEXTS: list[dict[str, Any]] = [
    {"kind": "narrative", "code": "SITUATION", "label_vi": "Tình hình (bịa)", "label_en": "Situation (invented)"}
]
RULES: list[dict[str, Any]] = [
    {
        "code": "many",
        "strength": "explain",
        "left": {"items": ["A1"]},
        "comparison": "le",
        "right": {"constant": 50},
        "text_vi": "Số vụ nhiều bất thường",
        "text_en": "Unusually many",
    },
    {
        "code": "few",
        "strength": "error",
        "left": {"items": ["A1"]},
        "comparison": "le",
        "right": {"constant": 1000},
        "text_vi": "Số vụ không thể lớn như vậy",
        "text_en": "It cannot be as many",
    },
]


def definition(**more: Any) -> dict[str, Any]:
    """A small definition: a situation section with figures, and a section of texts."""
    sections = [
        {"code": "figures", "label_vi": "Số liệu", "label_en": "Figures", "items": [*ITEMS, COUNTED]},
        {"code": "texts", "label_vi": "Nội dung", "label_en": "Texts", "items": TEXTS},
    ]
    return {"title_vi": "Báo cáo (bịa)", "title_en": "Report (invented)", "sections": sections, "rules": RULES} | more


@dataclass(frozen=True, slots=True)
class Chain:
    """A bureau with schools that report to it, each with its report's id."""

    world: World
    bureau: StaffedUnit
    schools: list[StaffedUnit]
    period_id: UUID
    reports: dict[UUID, UUID]

    def report(self, unit: StaffedUnit) -> str:
        return f"{REPORTS}/{self.reports[unit.id]}"


async def create_chain(world: World, schools: int = 2, *, levels: Sequence[str] = (), **more: Any) -> Chain:
    """A bureau, its schools, and an open period for which all owe a report to the unit above."""
    bureau = await create_unit(world, "bureau", "department")
    below = [await create_unit(world, "school", bureau.id, levels) for _ in range(schools)]
    return await _opened(world, bureau, below, "yearly", None, **more)


async def add_term(chain: Chain, term: str, **more: Any) -> Chain:
    """A period of one term of the same year, for which the same units owe a report."""
    return await _opened(chain.world, chain.bureau, chain.schools, "term", term, **more)


async def _opened(
    world: World, bureau: StaffedUnit, below: list[StaffedUnit], kind: str, term: str | None, **more: Any
) -> Chain:
    department = world.units["department"]
    owing = {bureau.id: department, **{school.id: bureau.id for school in below}}
    period_id, reports = await open_period_of(world, department, owing, definition(**more), kind, term)
    return Chain(world, bureau, below, period_id, reports)


async def open_period_of(
    world: World,
    unit_id: UUID,
    owing: Mapping[UUID, UUID | None],
    described: dict[str, Any],
    kind: str = "yearly",
    term: str | None = None,
) -> tuple[UUID, dict[UUID, UUID]]:
    """An open period of a unit by a form of its own, and the report of each unit that owes one to another."""
    async with world.runtime.work(ALL) as work:
        units = UnitRepository(work.session)
        holder = await units.get(unit_id)
        template = ReportTemplate(
            code=f"t{new_id().hex[-12:]}",
            number=1,
            label_vi="Mẫu thử",
            label_en="Test form",
            definition=Definition.model_validate(described).model_dump(mode="json"),
            digest=new_id().hex,
            valid_from=date(2020, 1, 1),
            created_at=work.now,
            published_at=work.now,
        )
        work.session.add_all([template, *([] if await _has_year(work.session) else [_year()])])
        period = ReportPeriod(
            unit_id=holder.id,
            org_path=holder.org_path,
            code=case_code(work.today.year),
            kind=kind,
            term=term,
            template_id=template.id,
            school_year=YEAR,
            starts_on=date(2026, 8, 1),
            ends_on=date(2027, 5, 31),
            cut_off_at=datetime(2027, 7, 25, tzinfo=UTC),
            dues=[],
            opened_at=work.now,
            created_at=work.now,
            created_by=new_id(),
        )
        work.session.add(period)
        reports = {}
        for owing_id, recipient_id in owing.items():
            unit = await units.get(owing_id)
            report = Report(
                code=case_code(work.today.year),
                period_id=period.id,
                unit_id=owing_id,
                org_path=unit.org_path,
                recipient_id=recipient_id,
                state="owed",
                due_on=work.today,
                due_at=work.now + timedelta(days=1),
                created_at=work.now,
                cipher=work.new_cipher(),
                extension_reason="-",
            )
            work.session.add(report)
            reports[owing_id] = report.id
        await work.commit()
        return period.id, reports


async def _has_year(session: Any) -> bool:
    return await session.get(SchoolYear, YEAR) is not None


def _year() -> SchoolYear:
    days = {"starts_on": date(2026, 8, 1), "ends_on": date(2027, 7, 31)}
    return SchoolYear(code=YEAR, **days, is_confirmed=False, source="invented")


async def act(client: Client, report: str, what: str, body: object = None) -> httpx.Response:
    """One act on a report, by its tag as it is now."""
    headers = {"If-Match": await read_etag(client, report)}
    return await client.post(f"{report}/{what}", body, headers=headers)


async def begin(client: Client, report: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(await act(client, report, "draft"), 201)
    return found


async def fill(client: Client, report: str, section: str, **body: object) -> httpx.Response:
    path = f"{report}/sections/{section}"
    headers = {"If-Match": await read_etag(client, path)}
    return await client.call("PUT", path, json=body, headers=headers)


async def fill_in(client: Client, report: str, cases: int = 3) -> None:
    """Everything that the small template requires."""
    ok(await fill(client, report, "figures", figures=[{"item": "A1", "numerator": cases}]))
    ok(await fill(client, report, "texts", narratives={"SITUATION": "Ổn định (bịa)"}))


async def submit(client: Client, report: str, **more: object) -> httpx.Response:
    return await act(client, report, "submission", {"signer_name": "Người Ký Bịa", **more})


async def submitted(school: StaffedUnit, report: str, cases: int = 3) -> None:
    """Begun and filled in by the officer, submitted by the head."""
    await begin(school.officer, report)
    await fill_in(school.officer, report, cases)
    ok(await submit(school.head, report))
