"""Reports of 1,400 schools: sums and board against bare SQL, and all of them submitted with the board read meanwhile.

`python -m benchmarks.reports [--schools 1400]`. PostgreSQL, in one process; the ways alternate, and a figure is the
median of the turns. A missed goal, a lost or a doubled submission ends it with 1.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import select

from app.core.ids import new_id
from app.models.accounts import User
from app.models.reports.reports import Report, ReportFigure, ReportSection, ReportVersion, part_of
from app.models.reports.templates import ReportTemplate
from app.repositories.reports.boards import BoardRepository
from app.repositories.reports.consolidation import ConsolidationRepository
from app.schemas.reports.definitions import Definition
from app.security.access.principal import Principal
from app.security.access.roles import Role
from app.security.access.scope import ALL, Scope
from benchmarks.machine import facts
from benchmarks.report import Goal, print_facts, print_goals
from benchmarks.schools import found_schools
from tests.engines.databases import create_database, server
from tests.factories.report_periods import create_period, day_in, open_period
from tests.factories.units import FOUNDED
from tests.world import Client, World, open_world

FIGURES: Final = 83
TURNS: Final = 9
AT_ONCE: Final = 8
SUM_GOAL: Final = 3.0
SECONDS: Final = 120.0
SUMS: Final = """
SELECT f.item, f.cell, sum(f.numerator), sum(f.denominator), count(*)
FROM report_figure f JOIN report r ON f.version_id = r.submitted_version_id
WHERE r.period_id = $1 AND r.recipient_id = $2 AND f.status NOT IN ('missing', 'not_applicable', 'hidden')
GROUP BY f.item, f.cell
"""
STATES: Final = ("owed", "draft", "submitted", "returned", "accepted", "locked")
IN_STATES: Final = ", ".join(f"count(*) FILTER (WHERE r.state = '{state}')" for state in STATES)
BOARD: Final = f"""
SELECT r.recipient_id, u.kind, {IN_STATES},
    count(*) FILTER (WHERE r.delivered_at IS NOT NULL),
    count(*) FILTER (WHERE r.delivered_at <= r.due_at),
    count(*) FILTER (WHERE r.delivered_at > r.due_at),
    count(*) FILTER (WHERE r.delivered_at IS NULL AND r.due_at < now()),
    count(*)
FROM report r JOIN unit u ON u.id = r.unit_id WHERE r.period_id = $1 GROUP BY r.recipient_id, u.kind
"""  # noqa: S608 — of constants alone


@dataclass(frozen=True, slots=True)
class Province:
    world: World
    period_id: UUID
    bureaus: list[UUID]
    heads: dict[UUID, Client]
    reports: dict[UUID, UUID]


def item(number: int) -> dict[str, Any]:
    words = {"label_vi": f"Chỉ tiêu {number} (bịa)", "label_en": f"Item {number}", "unit_vi": "vụ", "unit_en": "cases"}
    return {"kind": "indicator", "code": f"X{number}", "measure": "count", "roll_up": "sum", **words}


async def build(world: World, schools: int) -> Province:
    """Bureaus and schools with a head each, an open period, and a filled-in draft of every school."""
    bureaus, heads = await found_schools(world, schools)
    director = await world.client("so.head")
    dues = [{"kinds": [kind], "due_on": day_in(30)} for kind in ("school", "bureau", "department")]
    template = await _template(world)
    period = await create_period(world, director, dues=dues, template_code=template)
    await open_period(director, period["id"])
    reports = await _drafts(world, UUID(period["id"]), set(heads))
    return Province(world, UUID(period["id"]), bureaus, heads, reports)


async def _template(world: World) -> str:
    section = {
        "code": "figures",
        "label_vi": "Số liệu",
        "label_en": "Figures",
        "items": [item(n) for n in range(FIGURES)],
    }
    described = {"title_vi": "Báo cáo (bịa)", "title_en": "Report", "sections": [section], "rules": []}
    definition = Definition.model_validate(described).model_dump(mode="json")
    async with world.runtime.work(ALL) as work:
        template = ReportTemplate(
            code="bench",
            number=1,
            label_vi="Mẫu",
            label_en="Form",
            definition=definition,
            digest="b" * 64,
            valid_from=FOUNDED,
            created_at=work.now,
            published_at=work.now,
        )
        work.session.add(template)
        await work.commit()
    return "bench"


async def _drafts(world: World, period_id: UUID, schools: set[UUID]) -> dict[UUID, UUID]:
    reports = dict[UUID, UUID]()
    async with world.runtime.work(ALL) as work:
        vault = await ConsolidationRepository(work.session).all(select(Report).where(Report.period_id == period_id))
        for report in vault:
            if report.unit_id not in schools:
                continue
            report.state, report.newest = "draft", 1
            version = ReportVersion(**part_of(report), number=1, started_at=work.now, started_by=new_id())
            work.session.add(version)
            work.session.add(
                ReportSection(**part_of(report), version_id=version.id, code="figures", edited_at=work.now)
            )
            for number in range(FIGURES):
                figure = ReportFigure(
                    report_id=report.id,
                    org_path=report.org_path,
                    version_id=version.id,
                    item=f"X{number}",
                    status="declared",
                    numerator=number,
                )
                work.session.add(figure)
            reports[report.unit_id] = report.id
            await work.flush()
        await work.commit()
    return reports


async def submit_all(province: Province) -> tuple[float, list[float]]:
    """Seconds for all submissions, and milliseconds of each reading of the board meanwhile."""
    waiting, read = asyncio.Semaphore(AT_ONCE), list[float]()
    director, is_over = await province.world.client("so.head"), asyncio.Event()

    async def submit(unit_id: UUID) -> None:
        async with waiting:
            path, head = f"/api/v1/reports/{province.reports[unit_id]}", province.heads[unit_id]
            province.world.renew(head)
            shown = await head.get(path)
            done = await head.post(f"{path}/submission", {}, headers={"If-Match": shown.headers["ETag"]})
            if done.status_code != 200:
                raise RuntimeError(f"a submission was refused: {done.status_code}")

    async def read_board() -> None:
        while not is_over.is_set():
            began = time.perf_counter()
            province.world.renew(director)
            (await director.get(f"/api/v1/report-periods/{province.period_id}/board")).raise_for_status()
            read.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(1)

    began, reading = time.perf_counter(), asyncio.create_task(read_board())
    await asyncio.gather(*map(submit, province.reports))
    took = time.perf_counter() - began
    is_over.set()
    await reading
    return took, read


async def count_lost(province: Province) -> int:
    async with province.world.runtime.work(ALL) as work:
        query = select(ReportVersion.digest).where(ReportVersion.report_id.in_(province.reports.values()))
        digests = list(await work.session.scalars(query.where(ReportVersion.submitted_at.is_not(None))))
    return len(province.reports) - len(set(digests))


async def ratios(province: Province, url: str) -> tuple[float, float]:
    """The product's sums and board over bare SQL of the same answers."""
    department = await _principal(province.world)
    async with province.world.runtime.work(Scope.of(department), department, write=False) as work:
        sums, boards = ConsolidationRepository(work.session), BoardRepository(work.session)
        bare = await asyncpg.connect(url)
        await bare.execute("ANALYZE report, report_figure")

        async def product_sums() -> None:
            for bureau in province.bureaus:
                await sums.totals(province.period_id, bureau, with_submitted=True)

        async def bare_sums() -> None:
            for bureau in province.bureaus:
                await bare.fetch(SUMS, province.period_id, bureau)

        async def product_board() -> None:
            await boards.counts(province.period_id, work.now)

        async def bare_board() -> None:
            await bare.fetch(BOARD, province.period_id)

        found = await _ratio(product_sums, bare_sums), await _ratio(product_board, bare_board)
        await bare.close()
        return found


async def _principal(world: World) -> Principal:
    async with world.runtime.work(ALL) as work:
        user = (await work.session.scalars(select(User).where(User.username == "so.head"))).one()
        return Principal(user.id, Role(user.role), user.unit_id, user.org_path, new_id(), user.full_name)


async def _ratio(product: Callable[[], Awaitable[None]], bare: Callable[[], Awaitable[None]]) -> float:
    samples: dict[str, list[float]] = {"product": [], "bare": []}
    for _ in range(TURNS):
        for name, run in (("product", product), ("bare", bare)):
            began = time.perf_counter()
            await run()
            samples[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(times) for name, times in samples.items()}
    print(f"- {medians['product'] * 1000:.1f} ms against {medians['bare'] * 1000:.1f} ms")
    return medians["product"] / medians["bare"]


async def run(schools: int) -> bool:
    with server() as running, tempfile.TemporaryDirectory() as folder:
        database = create_database(running, "reports")
        async with open_world(Path(folder), database) as world:
            province = await build(world, schools)
            took, read = await submit_all(province)
            lost = await count_lost(province)
            of_sums, of_board = await ratios(province, database.admin_url)
    p95 = statistics.quantiles(read, n=20)[-1] if len(read) > 1 else read[0]
    print(f"- {schools} submissions in {took:.1f} s, {lost} lost; the board meanwhile: p95 {p95:.0f} ms of {len(read)}")
    goals = [
        Goal("sums of all bureaus / bare SQL", of_sums, SUM_GOAL, "at most"),
        Goal("board / bare SQL", of_board, SUM_GOAL, "at most"),
        Goal(f"{schools} submissions", took, SECONDS, "at most", " s"),
        Goal("submissions lost", lost, 0, "at most"),
    ]
    return print_goals(goals)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=1400)
    arguments = parser.parse_args()
    print_facts(facts(("sqlalchemy", "asyncpg", "fastapi")))
    return 0 if asyncio.run(run(arguments.schools)) else 1


if __name__ == "__main__":
    sys.exit(main())
