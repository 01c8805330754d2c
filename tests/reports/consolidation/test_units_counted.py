"""Units are counted through the levels between, as the pure roll-up counts them."""

from typing import Any

import pytest

from app.models.reports.reports import Report, ReportFigure, ReportVersion
from app.repositories.reports.consolidation import ConsolidationRepository
from app.schemas.reports.definitions import IndicatorItem
from app.security.access.scope import ALL
from app.services.reports.consolidation.consolidation import rolled_up
from app.services.reports.figures.values import Value
from tests.factories.reports import Chain, create_chain
from tests.reports.consolidation.plain_roll_up import rolled
from tests.reports.templates.definitions import definition, indicator
from tests.world import World

UNITS = indicator("Y", measure="yes_no", roll_up="count_units")


async def accept_figures(chain: Chain, below: list[Value]) -> None:
    """One accepted version of each school's report, with one figure."""
    async with chain.world.runtime.work(ALL) as work:
        for school, value in zip(chain.schools, below, strict=True):
            report = await work.session.get_one(Report, chain.reports[school.id])
            part: Any = {"report_id": report.id, "org_path": report.org_path}
            frozen: Any = {"submitted_at": work.now, "digest": "0" * 64, "accepted_at": work.now}
            version = ReportVersion(**part, **frozen, number=1, started_at=work.now, started_by=report.id)
            work.session.add(version)
            report.accepted_version_id = version.id
            parts: Any = {"numerator": value.numerator, "denominator": value.denominator}
            work.session.add(ReportFigure(**part, version_id=version.id, item="Y", status=value.status, **parts))
        await work.commit()


@pytest.mark.parametrize(
    "below",
    [
        [Value(1), Value(0), Value(1)],
        [Value(2, 3), Value(1), Value(0)],
        [Value(5, 9), Value(0, 4), Value(status="missing")],
        [Value(7), Value(0), Value(status="not_applicable")],
    ],
)
async def test_units_that_said_yes_are_counted_of_those_that_answered(world: World, below: list[Value]) -> None:
    chain = await create_chain(world, schools=len(below))
    await accept_figures(chain, below)
    async with world.runtime.work(ALL) as work:
        sums = ConsolidationRepository(work.session)
        totals = await sums.totals(chain.period_id, chain.bureau.id, with_submitted=False)
    made = rolled_up(definition(UNITS), {}, totals, {})["Y", ""]
    expected = rolled(IndicatorItem.model_validate(UNITS), below).value
    assert (made.numerator, made.denominator) == (expected.numerator, expected.denominator)
