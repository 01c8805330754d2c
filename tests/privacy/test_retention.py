"""Retention: periods by class and decision, legal holds that override every clock, and an accurate preview."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.months import add_months, last_of_month
from app.core.paging import PageRequest
from app.core.time import VIETNAM, local_date, today, utc_now
from app.models.cases.child_cases import ChildCase
from app.models.cases.events import CaseEvent
from app.models.cases.incidents import Incident, IncidentEvent
from app.models.privacy.retention import RetentionHold
from app.repositories.privacy.retention import DueFilter, RetentionRepository, Zone
from app.security.access.scope import ALL, EVERYTHING
from app.services.privacy.retention import RetentionService, begun_before
from tests.factories.cases import dismiss
from tests.factories.child_cases import open_child_cases
from tests.factories.duplicates import merge_incidents
from tests.factories.http import API, assert_problem, ok
from tests.factories.privacy import (
    backdate_event,
    create_ended_case,
    destroy_due_records,
    preview_retention,
    this_month,
)
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of all records that were read to judge whether they are due."""
    ids: list[str] = []
    due = RetentionRepository.due

    async def noted(*args: Any, **kwargs: Any) -> list[Any]:
        rows = await due(*args, **kwargs)
        ids.extend(str(row.id) for row in rows)
        return rows

    monkeypatch.setattr(RetentionRepository, "due", noted)
    return ids


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("2024-01-31", 1, "2024-02-29"), ("2023-12-31", 2, "2024-02-29"), ("2024-11-30", 120, "2034-11-30")],
)
def test_months_end_where_the_calendar_has_no_such_day(start: str, months: int, end: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(1, 400), st.integers(-3, 3))
def test_a_period_is_over_on_the_day_on_which_its_months_end_and_not_before(by: date, months: int, off: int) -> None:
    began = add_months(by, -months) + timedelta(days=off)
    moment = datetime.combine(began, time(23, 59), VIETNAM)
    assert (moment < begun_before(by, months)) == (add_months(began, months) <= by)


async def test_classes_name_their_source_and_say_what_is_to_be_confirmed(school: StaffedUnit) -> None:
    classes = ok(await school.counsellor.get(f"{API}/retention/classes"))
    assert {each["code"] for each in classes} >= {"closed_incident", "loose_intake", "informant"}
    assert {each["starts_on"] for each in classes if each["covers"] == "subject_request"} == {"closed"}
    for each in classes:
        assert each["is_confirmed"] or "to be confirmed" in each["source"]
    assert [each["code"] for each in ok(await school.head.get(f"{API}/retention/classes?as_of=2000-01-01"))] == []


@pytest.mark.parametrize("covers", ["intake", "subject_request"])
async def test_class_counting_from_an_unknown_event_is_refused(world: World, covers: str) -> None:
    async with world.runtime.work(ALL) as work:
        due_filter = DueFilter(covers, "answered", EVERYTHING, [Zone("/", work.now)], work.today)
        with pytest.raises(LookupError, match="not from answered"):
            await RetentionRepository(work.session).due(due_filter, PageRequest(1, None), unheld=False)


async def due_ids(world: World, covers: str, starts_on: str) -> set[UUID]:
    """The records of a kind whose period began before tomorrow."""
    async with world.runtime.work(ALL) as work:
        zones = [Zone("/", work.now + timedelta(days=1))]
        due_filter = DueFilter(covers, starts_on, EVERYTHING, zones, work.today)
        rows = await RetentionRepository(work.session).due(due_filter, PageRequest(10_000, None), unheld=False)
        return {row.id for row in rows}


async def test_an_intake_with_an_incident_is_never_due_by_itself(world: World, school: StaffedUnit) -> None:
    linked, loose = [
        UUID((await school.head.create_intake(open_incident=is_linked))["id"]) for is_linked in (True, False)
    ]
    due = await due_ids(world, "intake", "receipt")
    assert loose in due
    assert linked not in due


async def test_a_closed_incident_with_an_open_case_is_not_due(world: World, school: StaffedUnit) -> None:
    incident_id, (case_id,) = await open_child_cases(school)
    async with world.runtime.work(ALL) as work:
        incident = await work.session.get_one(Incident, UUID(incident_id))
        incident.state = "closed"
        work.session.add(
            IncidentEvent(incident_id=incident.id, org_path=incident.org_path, kind=CaseEvent.CLOSE, at=work.now)
        )
        await work.commit()
    assert UUID(incident_id) not in await due_ids(world, "incident", "close")
    async with world.runtime.work(ALL) as work:
        (await work.session.get_one(ChildCase, UUID(case_id))).closed_at = work.now
        await work.commit()
    assert UUID(incident_id) in await due_ids(world, "incident", "close")


class TestPreview:
    async def test_names_what_goes_by_code_and_class_and_holds_no_words(
        self, world: World, school: StaffedUnit
    ) -> None:
        record = await create_ended_case(school)
        listing = await preview_retention(school.head)
        code = ok(await school.head.incident(record.incident_id))["code"]
        assert {(each["code"], each["class_code"]) for each in listing["items"]} >= {(code, "closed_incident")}
        assert {each["unit_id"] for each in listing["items"]} == {str(school.id)}
        assert record.canary not in str(listing)
        assert record.incident_id in {
            e["id"] for e in (await preview_retention(await world.client("so.auditor"), limit=500))["items"]
        }

    async def test_is_exactly_what_the_worker_then_destroys(self, world: World, school: StaffedUnit) -> None:
        await create_ended_case(school)
        await create_ended_case(school, years=9.5)
        before = {
            each["id"] for each in (await preview_retention(school.head))["items"] if each["covers"] == "incident"
        }
        await destroy_due_records(world)
        async with world.runtime.work(ALL) as work:
            gone = [str(i) for i in before if (await work.session.get_one(Incident, UUID(i))).destroyed_at]
        assert sorted(gone) == sorted(before)
        assert len(before) == 1
        assert (await preview_retention(school.head))["items"] == []

    async def test_of_a_later_month_shows_what_comes_due_by_then(self, world: World, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        ends = last_of_month(add_months(today(), 3))
        await backdate_event(world, record.incident_id, "close", (today() - add_months(ends, -120)).days / 366)

        async def ids(month: date) -> set[str]:
            return {e["id"] for e in (await preview_retention(school.head, month=month.strftime("%Y-%m")))["items"]}

        assert record.incident_id not in await ids(add_months(today(), 2))
        assert record.incident_id in await ids(ends)

    async def test_is_read_page_by_page_with_the_counts_on_each(self, school: StaffedUnit) -> None:
        records = [await create_ended_case(school) for _ in range(2)]
        first = await preview_retention(school.head, limit=3)
        second = await preview_retention(school.head, limit=3, cursor=first["next_cursor"])
        assert first["counts"] == second["counts"]
        ids = [each["id"] for each in first["items"] + second["items"]]
        assert len(ids) == len(set(ids)) == 4, "two cases, and the informant of each"
        assert {record.incident_id for record in records} <= set(ids)
        assert {c["class_code"]: c["count"] for c in first["counts"]} == {"closed_incident": 2, "informant": 2}

    async def test_reads_no_more_than_its_page(self, school: StaffedUnit, read: list[str]) -> None:
        records = [await create_ended_case(school) for _ in range(3)]
        found = await preview_retention(school.head, limit=1)
        assert {each["class_code"]: each["count"] for each in found["counts"]}["closed_incident"] == len(records)
        assert len([record for record in records if record.incident_id in read]) == 2, (
            "one more, to know of a next page"
        )

    async def test_neighbours_see_nothing_and_counsellors_have_no_part(self, world: World, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        other = await preview_retention(await world.client("phong_b.officer"), limit=500)
        assert record.incident_id not in str(other)
        assert_problem(
            await school.counsellor.get(f"{API}/retention/preview", params={"month": this_month()}), 403, "forbidden"
        )

    async def test_the_last_month_is_the_24th_after_this_one(self, school: StaffedUnit) -> None:
        this_month = local_date(utc_now()).replace(day=1)
        last, beyond = (f"{add_months(this_month, months):%Y-%m}" for months in (24, 25))
        ok(await school.head.get(f"{API}/retention/preview", params={"month": last}))
        answer = await school.head.get(f"{API}/retention/preview", params={"month": beyond})
        assert_problem(answer, 422, "month_out_of_range", "month")

    @pytest.mark.parametrize("month", ["2020-01", "2099-01"])
    async def test_of_the_past_or_far_future_is_refused(self, school: StaffedUnit, month: str) -> None:
        answer = await school.head.get(f"{API}/retention/preview", params={"month": month})
        assert_problem(answer, 422, "month_out_of_range", "month")

    async def test_shows_where_a_decision_is_missing(self, world: World) -> None:
        elsewhere = await create_unit(world, under="department_2")
        await create_ended_case(elsewhere)
        listing = await preview_retention(elsewhere.head)
        assert {each["is_decided"] for each in listing["items"]} == {False}
        assert {(count["undecided"], count["count"]) for count in listing["counts"]} == {(1, 1)}


async def test_worker_ignores_classes_without_a_decision(world: World, school: StaffedUnit, read: list[str]) -> None:
    elsewhere = await create_unit(world, under="department_2")
    undecided, decided_on = await create_ended_case(elsewhere), await create_ended_case(school)
    await destroy_due_records(world)
    assert decided_on.incident_id in read
    assert undecided.incident_id not in read


class TestHold:
    async def placed(self, client: Client, path: str, **fields: object) -> dict[str, Any]:
        body = {"reason": "Toà án yêu cầu (bịa)", "decision_number": "07/QĐ-MẪU", **fields}
        made: dict[str, Any] = ok(await client.post(f"{path}/holds", body), 201)
        return made

    async def test_beats_the_clock_until_it_is_lifted(self, world: World, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        hold = await self.placed(school.head, record.path)
        listing = await preview_retention(school.head)
        assert {each["is_held"] for each in listing["items"]} == {True}
        assert {(count["held"], count["count"]) for count in listing["counts"]} == {(1, 1)}
        await destroy_due_records(world)
        assert record.canary in str(await record.everything(school.head))
        assert (await school.head.delete(f"{record.path}/holds/{hold['id']}")).status_code == 204
        await destroy_due_records(world)
        assert record.canary not in str(await record.everything(school.head))

    @pytest.mark.parametrize("on", ["survivor", "absorbed"])
    async def test_on_one_incident_of_an_event_keeps_all_of_it(
        self, world: World, school: StaffedUnit, on: str
    ) -> None:
        survivor, absorbed = await create_ended_case(school), await create_ended_case(school)
        ok(await merge_incidents(school.head, survivor.incident_id, absorbed.incident_id), 201)
        target = survivor if on == "survivor" else absorbed
        hold = await self.placed(school.head, target.path)
        await destroy_due_records(world)
        for record in (survivor, absorbed):
            assert ok(await school.head.incident(record.incident_id))["destroyed_at"] is None
        assert (await school.head.delete(f"{target.path}/holds/{hold['id']}")).status_code == 204
        await destroy_due_records(world)
        assert ok(await school.head.incident(target.incident_id))["destroyed_at"] is not None

    async def test_ends_by_itself_after_its_last_day(self, world: World, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        hold = await self.placed(school.head, record.path, until=today().isoformat())
        await destroy_due_records(world)
        assert ok(await school.head.incident(record.incident_id))["destroyed_at"] is None
        async with world.runtime.work(ALL) as work:
            row = await work.session.get_one(RetentionHold, UUID(hold["id"]))
            row.until = work.today - timedelta(days=1)
            await work.commit()
        await destroy_due_records(world)
        assert ok(await school.head.incident(record.incident_id))["destroyed_at"] is not None

    async def test_that_ends_before_the_previewed_month_is_not_shown(self, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        await self.placed(school.head, record.path, until=today().isoformat())
        later = add_months(today(), 2).strftime("%Y-%m")
        assert {each["is_held"] for each in (await preview_retention(school.head, month=later))["items"]} == {False}

    async def test_of_the_level_above_is_not_lifted_below(self, world: World, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        department = await world.client("so.head")
        hold = await self.placed(department, record.path)
        assert_problem(await school.head.delete(f"{record.path}/holds/{hold['id']}"), 403, "forbidden")
        assert (await department.delete(f"{record.path}/holds/{hold['id']}")).status_code == 204
        (shown,) = ok(await school.head.get(f"{record.path}/holds"))
        assert shown["lifted_at"] is not None

    async def test_its_reason_is_sealed_and_not_for_the_auditor(self, world: World, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        await self.placed(school.head, record.path)
        (shown,) = ok(await (await world.client("so.auditor")).get(f"{record.path}/holds"))
        assert (shown["reason"], shown["decision_number"]) == (None, None)
        (shown,) = ok(await school.head.get(f"{record.path}/holds"))
        assert shown["reason"] == "Toà án yêu cầu (bịa)"

    async def test_is_placed_by_leaders_on_their_own_cases(self, world: World, school: StaffedUnit) -> None:
        record = await create_ended_case(school)
        body = {"reason": "Bịa"}
        assert_problem(await school.counsellor.post(f"{record.path}/holds", body), 403, "forbidden")
        assert_problem(await (await world.client("b1.head")).post(f"{record.path}/holds", body), 404, "not_found")
        past = {**body, "until": "2020-01-01"}
        assert_problem(await school.head.post(f"{record.path}/holds", past), 422, "in_the_past", "/until")


async def test_no_certificate_names_a_class_that_is_none(world: World, school: StaffedUnit) -> None:
    record = await create_ended_case(school)
    async with world.runtime.work(ALL) as work:
        service, incident = RetentionService(work), await work.session.get_one(Incident, UUID(record.incident_id))
        assert await service.check_minimum(incident) == "closed_incident"
        work.now -= timedelta(days=40 * 366)
        with pytest.raises(LookupError):
            await service.check_minimum(incident)


async def test_a_dismissed_case_goes_by_its_own_class(world: World, school: StaffedUnit) -> None:
    incident_id = (await school.head.create_intake())["incident_id"]
    path = f"{API}/incidents/{incident_id}"
    ok(await dismiss(school.head, path))
    await backdate_event(world, incident_id, "dismiss", 3)
    assert {e["class_code"] for e in (await preview_retention(school.head))["items"]} == {"dismissed_incident"}
    await destroy_due_records(world)
    assert ok(await school.head.incident(incident_id))["destroyed_at"] is not None
