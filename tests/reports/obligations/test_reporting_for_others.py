"""A unit that reports for a merged one, a person who signs for an absent head, and what a closed period takes."""

from uuid import UUID

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
from tests.world import Client, World


async def close_now(world: World, chain: Chain) -> None:
    """The period ends with reports that nobody delivered."""
    async with world.runtime.work(ALL) as work:
        period = await work.session.get(ReportPeriod, chain.period_id)
        assert period is not None
        period.closed_at = utc_now()
        await work.commit()


def naming(unit: UUID, **changed: object) -> dict[str, object]:
    return {"unit_id": str(unit), "valid_from": today().isoformat(), "decision_number": "12/QĐ-MẪU"} | changed


async def merged(chain: Chain, school: StaffedUnit, *heirs: StaffedUnit) -> str:
    """The path of the report of a school that was closed into others."""
    await close_unit(chain.world, school.id, *(heir.id for heir in heirs))
    return chain.report(school)


async def reporters(by: Client, report: str) -> list[tuple[str, str, str | None]]:
    """Who reports, from when and until before when."""
    found = ok(await by.get(f"{report}/reporter-units"))
    return [(each["unit_id"], each["valid_from"], each["valid_to"]) for each in found]


async def modes(world: World, chain: Chain) -> list[str | None]:
    """How the submitted versions are signed."""
    async with world.runtime.work(ALL, write=False) as work:
        query = select(ReportVersion.signing_mode).where(ReportVersion.report_id.in_(chain.reports.values()))
        return list(await work.session.scalars(query))


class TestReporterUnits:
    async def test_the_only_successor_drafts_and_submits_for_a_closed_school(self, world: World) -> None:
        chain = await create_chain(world)
        school, heir = chain.schools
        report = await merged(chain, school, heir)
        assert await reporters(chain.bureau.officer, report) == [(str(heir.id), day_in(0), None)]
        await submitted(heir, report)
        found = ok(await chain.bureau.officer.get(report))
        assert (found["state"], found["unit_id"]) == ("submitted", str(school.id))

    async def test_another_school_of_the_bureau_reaches_nothing_of_it(self, world: World) -> None:
        chain = await create_chain(world, schools=3)
        school, heir, other = chain.schools
        report = await merged(chain, school, heir)
        assert_problem(await other.head.get(report), 404, "not_found")
        assert ok(await heir.head.get(report))["state"] == "owed"

    async def test_a_period_opened_after_the_merger_has_the_successor_report(self, world: World) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school, heir = [await create_unit(world, under=bureau.id) for _ in range(2)]
        await close_unit(world, school.id, heir.id)
        period = await bureau_period(world, bureau.officer)
        report = f"{API}/reports/{(await reports_of(world, period['id']))[school.id].id}"
        assert await reporters(heir.head, report) == [(str(heir.id), day_in(0), None)]

    async def test_a_successor_that_is_closed_too_passes_it_on(self, world: World) -> None:
        chain = await create_chain(world, schools=3)
        school, first, second = chain.schools
        report = await merged(chain, school, first)
        await merged(chain, first, second)
        assert await reporters(second.head, report) == [(str(second.id), day_in(0), None)]
        await submitted(second, report)

    async def test_of_two_successors_the_level_above_names_one(self, world: World) -> None:
        chain = await create_chain(world, schools=4)
        school, first, second, other = chain.schools
        report, by = await merged(chain, school, first, second), chain.bureau.officer
        assert await reporters(by, report) == []
        assert_problem(await first.head.get(report), 404, "not_found")
        refusal = await by.post(f"{report}/reporter-units", naming(other.id))
        assert_problem(refusal, 422, "not_a_successor", "/unit_id")
        ok(await by.post(f"{report}/reporter-units", naming(second.id)), 201)
        assert ok(await second.head.get(report))["state"] == "owed"
        assert_problem(await first.head.get(report), 404, "not_found")

    async def test_nobody_reports_for_a_unit_that_works_on(self, world: World) -> None:
        chain = await create_chain(world)
        school, other = chain.schools
        report, by = chain.report(school), chain.bureau.officer
        await begin(school.officer, report)
        for unit in (other, chain.bureau):
            assert_problem(await by.post(f"{report}/reporter-units", naming(unit.id)), 409, "unit_not_closed")
        assert_problem(await by.get(f"{report}/sections/figures"), 404, "not_found")
        assert_problem(await other.head.get(report), 404, "not_found")

    async def test_a_superior_reports_for_a_closed_unit(self, world: World) -> None:
        chain = await create_chain(world, 1)
        (school,) = chain.schools
        await begin(school.officer, chain.report(school))
        report, by = await merged(chain, school), chain.bureau.officer
        ok(await by.post(f"{report}/reporter-units", naming(chain.bureau.id)), 201)
        assert ok(await by.get(f"{report}/sections/figures"))["figures"]

    async def test_a_superior_that_reports_neither_extends_nor_accepts_its_own_report(self, world: World) -> None:
        chain = await create_chain(world, 1)
        report, by = await merged(chain, *chain.schools), chain.bureau
        longer = {"due_on": day_in(90), "decision_number": "15/QĐ-MẪU", "reason": "Lũ lụt (bịa)"}
        ok(await by.officer.post(f"{report}/extensions", longer), 201)
        ok(await by.officer.post(f"{report}/reporter-units", naming(by.id)), 201)
        longer |= {"due_on": day_in(120)}
        assert_problem(await by.officer.post(f"{report}/extensions", longer), 403, "forbidden")
        department = await world.client("so.officer")
        ok(await department.post(f"{report}/extensions", longer), 201)
        await submitted(by, report)
        assert "accept" not in await offered(by.officer, report)
        assert_problem(await act(by.officer, report, "acceptance"), 403, "forbidden")
        assert await accepted_together(by.officer, report) == ["not_yours"]
        assert "accept" in await offered(department, report)
        ok(await act(department, report, "acceptance"))

    async def test_a_superior_with_nobody_above_decides_on_what_it_reports(self, world: World) -> None:
        chain = await create_chain(world, 1)
        report, officer = await merged(chain, *chain.schools), await world.client("so.officer")
        ok(await officer.post(f"{report}/reporter-units", naming(world.units["department"])), 201)
        await begin(officer, report)
        await fill_in(officer, report)
        ok(await submit(await world.client("so.head"), report))
        ok(await act(officer, report, "acceptance"))

    async def test_what_the_level_above_decided_stays_when_a_successor_is_closed(self, world: World) -> None:
        chain = await create_chain(world, schools=3)
        school, first, second = chain.schools
        report, by = await merged(chain, school, first), chain.bureau.officer
        later = naming(chain.bureau.id, valid_from=day_in(1))
        ok(await by.post(f"{report}/reporter-units", later), 201)
        await merged(chain, first, second)
        assert [unit for unit, _, _ in await reporters(by, report)] == [str(first.id), str(chain.bureau.id)]

    async def test_nobody_reports_for_the_unit_that_holds_a_case(self, world: World) -> None:
        """Else who is accused in it would learn that there is a report."""
        chain = await create_chain(world, 1)
        (school,) = chain.schools
        raised = await chain.bureau.officer.create_intake(unit_id=str(school.id), accused=accuse())
        report = f"{API}/reports/{(await draft(chain.bureau.officer, raised['incident_id']))['report_id']}"
        department = await world.client("so.officer")
        assert_problem(await department.post(f"{report}/reporter-units", naming(school.id)), 409, "urgent_report")
        assert_problem(await school.head.get(report), 404, "not_found")

    async def test_the_timeline_says_who_reports(self, world: World) -> None:
        chain = await create_chain(world)
        school, heir = chain.schools
        report = await merged(chain, school, heir)
        (event,) = [each for each in ok(await heir.head.get(f"{report}/timeline")) if each["kind"] == "reporter_named"]
        assert event["data"] == {"unit_id": str(heir.id)}


async def accepted_together(by: Client, report: str) -> list[str]:
    """What becomes of the report where it is accepted with others."""
    shown = ok(await by.get(report))
    asked = {"reports": [{"id": shown["id"], "version": shown["version"]}]}
    return [each["fate"] for each in ok(await by.post(f"{API}/report-acceptances", asked))]


async def let_sign(school: StaffedUnit, **changed: object) -> None:
    """The school's officer signs for its head."""
    body = {
        "user_id": str(school.officer.user_id),
        "mode": "kt",
        "valid_from": day_in(0),
        "valid_to": day_in(5),
        "decision_number": "9/QĐ-MẪU",
    }
    ok(await school.head.post(f"{API}/acting-signers", body | changed), 201)


async def offered(client: Client, report: str) -> set[str]:
    return {each["action"] for each in ok(await client.get(report))["next_actions"]}


class TestActingSigners:
    async def test_a_named_officer_submits_in_the_mode_of_the_decision(self, world: World) -> None:
        chain = await create_chain(world, schools=1)
        (school,) = chain.schools
        report = chain.report(school)
        await begin(school.officer, report)
        await fill_in(school.officer, report)
        assert_problem(await submit(school.officer, report), 403, "forbidden")
        await let_sign(school)
        assert "submit" in await offered(school.officer, report)
        assert_problem(await submit(school.officer, report), 422, "acting_signer_named", "/signer_title")
        titled = {"signer_title": "Giáo viên (bịa)"}
        other = await submit(school.officer, report, signing_mode="direct", **titled)
        assert_problem(other, 422, "mode_of_decision", "/signing_mode")
        ok(await submit(school.officer, report, **titled))
        assert await modes(world, chain) == ["kt"]
        snapshot = ok(await school.head.get(f"{report}/documents/json"))
        assert snapshot["signer_title"] == "Hiệu trưởng\nGiáo viên (bịa)"

    async def test_a_named_officer_asks_to_unlock_as_the_head_does(self, world: World) -> None:
        chain = await create_chain(world)
        school, other = chain.schools
        report, theirs = chain.report(school), chain.report(other)
        for unit in chain.schools:
            await submitted(unit, chain.report(unit))
            ok(await act(chain.bureau.officer, chain.report(unit), "acceptance"))
            ok(await act(await world.client("so.head"), chain.report(unit), "lock"))
        reason = {"reason": "Số liệu sai (bịa)"}
        assert_problem(await act(school.officer, report, "unlock-request", reason), 403, "forbidden")
        assert "request_unlock" not in await offered(school.officer, report)
        await let_sign(school)
        assert "request_unlock" in await offered(school.officer, report)
        ok(await act(school.officer, report, "unlock-request", reason))
        assert_problem(await act(other.officer, theirs, "unlock-request", reason), 403, "forbidden")
        assert_problem(
            await school.officer.post(f"{theirs}/unlock-request", reason, headers={"If-Match": '"1"'}), 404, "not_found"
        )
        assert_problem(await act(chain.bureau.head, theirs, "unlock-request", reason), 403, "forbidden")

    async def test_who_acts_names_nobody_else(self, world: World) -> None:
        (school,) = (await create_chain(world, schools=1)).schools
        await let_sign(school)
        body = {"user_id": str(school.officer.user_id), "mode": "kt", "decision_number": "9/QĐ-MẪU"}
        days = {"valid_from": day_in(6), "valid_to": day_in(9)}
        assert_problem(await school.officer.post(f"{API}/acting-signers", body | days), 403, "forbidden")

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
