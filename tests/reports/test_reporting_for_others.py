"""A unit that reports for a merged one, a person who signs for an absent head, and what a closed period takes."""

from sqlalchemy import select

from app.core.time import today, utc_now
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import ReportVersion
from app.security.access.scope import ALL
from tests.factories.custody import accuse
from tests.factories.http import API, assert_problem, ok
from tests.factories.report_periods import bureau_period, day_in, open_period, over, reports_of
from tests.factories.reports import Chain, act, begin, create_chain, fill_in, submit, submitted
from tests.factories.units import StaffedUnit, close_unit, create_unit
from tests.factories.urgent_reports import draft
from tests.world import World


async def close_now(world: World, chain: Chain) -> None:
    """The period ends with reports that nobody delivered."""
    async with world.runtime.work(ALL) as work:
        period = await work.session.get(ReportPeriod, chain.period_id)
        assert period is not None
        period.closed_at = utc_now()
        await work.commit()


async def named(chain: Chain, school: StaffedUnit, heir: StaffedUnit) -> str:
    """The path of the school's report, for which the heir reports."""
    body = {"unit_id": str(heir.id), "valid_from": today().isoformat(), "decision_number": "12/QĐ-MẪU"}
    ok(await chain.bureau.officer.post(f"{chain.report(school)}/reporter-units", body), 201)
    return chain.report(school)


async def modes(world: World, chain: Chain) -> list[str | None]:
    """How the submitted versions are signed."""
    async with world.runtime.work(ALL, write=False) as work:
        query = select(ReportVersion.signing_mode).where(ReportVersion.report_id.in_(chain.reports.values()))
        return list(await work.session.scalars(query))


class TestReporterUnits:
    async def test_the_successor_drafts_and_submits_for_a_closed_school(self, world: World) -> None:
        chain = await create_chain(world)
        school, heir = chain.schools
        await close_unit(world, school.id, heir.id)
        await submitted(heir, await named(chain, school, heir))
        report = ok(await chain.bureau.officer.get(chain.report(school)))
        assert (report["state"], report["unit_id"]) == ("submitted", str(school.id))

    async def test_another_school_of_the_bureau_reaches_nothing_of_it(self, world: World) -> None:
        chain = await create_chain(world, schools=3)
        school, heir, other = chain.schools
        report = await named(chain, school, heir)
        assert_problem(await other.head.get(report), 404, "not_found")
        assert ok(await heir.head.get(report))["state"] == "owed"

    async def test_a_unit_above_reports_for_none_that_works_on(self, world: World) -> None:
        chain = await create_chain(world, 1)
        (school,) = chain.schools
        report, by = chain.report(school), chain.bureau.officer
        await begin(school.officer, report)
        body = {"unit_id": str(chain.bureau.id), "valid_from": today().isoformat(), "decision_number": "12/QĐ-MẪU"}
        assert_problem(await by.post(f"{report}/reporter-units", body), 422, "unknown_unit", "/unit_id")
        assert_problem(await by.get(f"{report}/sections/figures"), 404, "not_found")
        await close_unit(world, school.id)
        ok(await by.post(f"{report}/reporter-units", body), 201)
        assert ok(await by.get(f"{report}/sections/figures"))["figures"]

    async def test_nobody_reports_for_the_unit_that_holds_a_case(self, world: World) -> None:
        """Else who is accused in it would learn that there is a report."""
        chain = await create_chain(world, 1)
        (school,) = chain.schools
        raised = await chain.bureau.officer.create_intake(unit_id=str(school.id), accused=accuse())
        report = f"{API}/reports/{(await draft(chain.bureau.officer, raised['incident_id']))['report_id']}"
        body = {"unit_id": str(school.id), "valid_from": today().isoformat(), "decision_number": "12/QĐ-MẪU"}
        department = await world.client("so.officer")
        assert_problem(await department.post(f"{report}/reporter-units", body), 409, "urgent_report")
        assert_problem(await school.head.get(report), 404, "not_found")

    async def test_the_timeline_says_who_reports(self, world: World) -> None:
        chain = await create_chain(world)
        school, heir = chain.schools
        report = await named(chain, school, heir)
        (event,) = [each for each in ok(await heir.head.get(f"{report}/timeline")) if each["kind"] == "reporter_named"]
        assert event["data"] == {"unit_id": str(heir.id)}


class TestActingSigners:
    async def test_a_named_officer_submits_in_the_mode_of_the_decision(self, world: World) -> None:
        chain = await create_chain(world, schools=1)
        (school,) = chain.schools
        report = chain.report(school)
        await begin(school.officer, report)
        await fill_in(school.officer, report)
        assert_problem(await submit(school.officer, report), 403, "forbidden")
        body = {
            "user_id": str(school.officer.user_id),
            "mode": "kt",
            "valid_from": day_in(0),
            "valid_to": day_in(5),
            "decision_number": "9/QĐ-MẪU",
        }
        ok(await school.head.post(f"{API}/acting-signers", body), 201)
        offered = {each["action"] for each in ok(await school.officer.get(report))["next_actions"]}
        assert "submit" in offered
        ok(await submit(school.officer, report))
        assert await modes(world, chain) == ["kt"]

    async def test_a_head_signs_in_their_own_right(self, world: World) -> None:
        chain = await create_chain(world, schools=1)
        (school,) = chain.schools
        await submitted(school, chain.report(school))
        assert await modes(world, chain) == ["direct"]


class TestClosedPeriods:
    async def test_what_was_never_delivered_is_neither_begun_nor_submitted(self, world: World) -> None:
        chain = await create_chain(world)
        begun, owed = chain.schools
        await begin(begun.officer, chain.report(begun))
        await fill_in(begun.officer, chain.report(begun))
        await close_now(world, chain)
        assert_problem(await act(owed.officer, chain.report(owed), "draft"), 409, "period_closed")
        assert_problem(await submit(begun.head, chain.report(begun)), 409, "period_closed")

    async def test_what_is_returned_goes_on(self, world: World) -> None:
        chain = await create_chain(world, schools=1)
        (school,) = chain.schools
        report = chain.report(school)
        await submitted(school, report)
        await close_now(world, chain)
        items = {"items": [{"item": "A1", "reason": "does_not_match"}]}
        ok(await act(chain.bureau.officer, report, "return", items))
        ok(await submit(school.head, report))


async def test_a_day_off_announced_since_moves_what_nobody_delivered(world: World) -> None:
    bureau = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=bureau.id)
    period = await bureau_period(world, bureau.officer, **over())
    before = (await reports_of(world, period["id"]))[school.id].due_at
    head = await world.client("so.head")
    due_day = before.date().isoformat()
    path = f"{API}/working-days/{due_day}"
    body = {"is_working": False, "source": "Mẫu", "decision_number": "20/QĐ-MẪU"}
    ok(await head.call("PUT", path, json=body))
    try:
        await open_period(bureau.officer, period["id"])
        assert (await reports_of(world, period["id"]))[school.id].due_at > before
    finally:
        await head.delete(path)
