"""A unit's own periods: a decision of its level, never below the minimum of the law."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import delete

from app.models.privacy.retention import LocalRetention, RetentionClass
from app.security.access.roles import Role
from app.security.access.scope import ALL
from tests.factories.accounts import create_user
from tests.factories.http import API, assert_problem, ok
from tests.factories.privacy import create_ended_case, destroy_due_records, preview_retention
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

LEVEL = {"class_code": "closed_incident", "months": 180, "decision_number": "06/QĐ-MẪU", "valid_from": "2026-01-01"}


class TestLevel:
    @pytest.fixture
    async def other_department(self, world: World) -> AsyncIterator[Client]:
        yield await world.client("so2.head")
        async with world.runtime.work(ALL) as work:
            where = LocalRetention.unit_id == world.units["department_2"]
            await work.session.execute(delete(LocalRetention).where(where))
            await work.commit()

    async def test_of_a_department_makes_a_proposal_a_decision(self, world: World, other_department: Client) -> None:
        place = await create_unit(world, under="department_2")
        record, younger = await create_ended_case(place, years=16), await create_ended_case(place)
        ok(await other_department.post(f"{API}/local-retentions", LEVEL), 201)
        await destroy_due_records(world)
        assert ok(await place.head.incident(record.incident_id))["destroyed_at"] is not None
        assert ok(await place.head.incident(younger.incident_id))["destroyed_at"] is None
        (certificate,) = ok(await place.head.get(f"{API}/retention/certificates"))["items"]
        assert certificate["decision"] == "06/QĐ-MẪU"

    async def test_of_a_unit_below_binds_there_and_nowhere_else(self, world: World, school: StaffedUnit) -> None:
        bureau = await create_unit(world, "bureau", "department")
        below = await create_unit(world, under=bureau.id)
        async with world.runtime.work(ALL) as work:
            work.session.add(
                LocalRetention(
                    unit_id=bureau.id,
                    class_code="closed_incident",
                    months=180,
                    decision_number="06/QĐ-MẪU",
                    valid_from=date(2026, 1, 1),
                    created_at=work.now,
                    created_by=bureau.id,
                )
            )
            await work.commit()
        longer, record = await create_ended_case(below), await create_ended_case(school)
        assert longer.incident_id not in str(await preview_retention(below.head))
        assert record.incident_id in str(await preview_retention(school.head))
        await destroy_due_records(world)
        assert ok(await below.head.incident(longer.incident_id))["destroyed_at"] is None
        assert ok(await school.head.incident(record.incident_id))["destroyed_at"] is not None

    async def test_is_never_shorter_than_the_laws_minimum(self, world: World, other_department: Client) -> None:
        async with world.runtime.work(ALL) as work:
            work.session.add(
                RetentionClass(
                    code="bia",
                    valid_from=date(2026, 1, 1),
                    position=99,
                    label_vi="Bịa",
                    label_en="Invented",
                    covers="incident",
                    starts_on="dismiss",
                    months=60,
                    minimum_months=60,
                    minimum_is_confirmed=True,
                    is_confirmed=False,
                    source="invented, to be confirmed",
                )
            )
            await work.commit()
        try:
            body = LEVEL | {"class_code": "bia"}
            short = await other_department.post(f"{API}/local-retentions", body | {"months": 59})
            assert_problem(short, 422, "below_minimum", "/months")
            ok(await other_department.post(f"{API}/local-retentions", body | {"months": 60}), 201)
        finally:
            async with world.runtime.work(ALL) as work:
                await work.session.execute(delete(RetentionClass).where(RetentionClass.code == "bia"))
                await work.commit()

    async def test_there_is_one_at_a_time_and_only_its_unit_ends_it(
        self, world: World, other_department: Client
    ) -> None:
        level = ok(await other_department.post(f"{API}/local-retentions", LEVEL), 201)
        assert_problem(await other_department.post(f"{API}/local-retentions", LEVEL), 409, "duplicate")
        end = {"valid_to": "2026-02-01"}
        foreign = await (await world.client("so.head")).post(f"{API}/local-retentions/{level['id']}/end", end)
        assert_problem(foreign, 404, "not_found")
        ok(await other_department.post(f"{API}/local-retentions/{level['id']}/end", end))
        ok(await other_department.post(f"{API}/local-retentions", LEVEL | {"valid_from": "2026-02-01"}), 201)

    async def test_is_the_departments_head_to_set(
        self, school: StaffedUnit, world: World, other_department: Client, other_province: Client
    ) -> None:
        for other in (school.head, await world.client("so.officer"), other_province):
            assert_problem(await other.post(f"{API}/local-retentions", LEVEL), 403, "forbidden")
        ok(await other_department.post(f"{API}/local-retentions", LEVEL), 201)

    async def test_shortens_a_proposal_but_not_below_the_floor(self, other_department: Client) -> None:
        loose = LEVEL | {"class_code": "loose_intake"}
        short = await other_department.post(f"{API}/local-retentions", loose | {"months": 11})
        assert_problem(short, 422, "below_floor", "/months")
        ok(await other_department.post(f"{API}/local-retentions", loose | {"months": 12}), 201)

    async def test_of_a_department_below_another_shortens_and_decides_nothing(self, world: World) -> None:
        """However it came to stand there: an installation may hold one from before the order of kinds."""
        planted = await create_unit(world, "department", (await create_unit(world, under="department_2")).id)
        record = await create_ended_case(await create_unit(world, under=planted.id), years=16)
        head = await world.fresh_client((await create_user(world, Role.DEPARTMENT_HEAD, planted.id)).username)
        short = LEVEL | {"class_code": "loose_intake", "months": 23}
        assert_problem(await head.post(f"{API}/local-retentions", short), 422, "shorter_than_above", "/months")
        ok(await head.post(f"{API}/local-retentions", LEVEL), 201)
        assert {each["is_decided"] for each in (await preview_retention(head))["items"]} == {False}
        await destroy_due_records(world)
        assert ok(await head.incident(record.incident_id))["destroyed_at"] is None

    async def test_of_an_unknown_class_is_refused(self, world: World) -> None:
        head = await world.client("so.head")
        answer = await head.post(f"{API}/local-retentions", LEVEL | {"class_code": "khong_co"})
        assert_problem(answer, 422, "unknown_code", "/class_code")
