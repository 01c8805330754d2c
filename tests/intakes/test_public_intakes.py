"""Intakes of the public: no account, no stored address, a receipt; they go to whom they concern."""

import base64
from uuid import UUID

import pytest
from sqlalchemy import create_engine

from app.core.text import fold
from app.models.base import Base
from tests.factories.cases import dismiss
from tests.factories.http import API, assert_problem, list_ids, list_items, ok
from tests.factories.intakes import create_public_intake, solved_challenge
from tests.factories.units import StaffedUnit, close_unit, create_unit
from tests.world import Client, World


class TestPublicIntake:
    """No account and no stored address; a proof of work decides the lane, never admission."""

    async def lane(self, school: StaffedUnit, world: World, **form: object) -> str:
        before = await list_ids(school.head, "intakes")
        answer = await create_public_intake(world, unit_id=str(school.id), narrative="Bịa", **form)
        (intake_id,) = await list_ids(school.head, "intakes") - before
        assert answer["lane"] == ok(await school.head.get(f"{API}/intakes/{intake_id}"))["lane"]
        return str(answer["lane"])

    @pytest.mark.parametrize("proof", [None, "rubbish", base64.b64encode(b"[]").decode()])
    async def test_without_valid_proof_it_is_accepted_in_the_slow_lane(
        self, world: World, school: StaffedUnit, proof: str | None
    ) -> None:
        assert await self.lane(school, world, proof=proof) == "unproven"

    async def test_a_proof_opens_the_short_way_once(self, world: World, school: StaffedUnit) -> None:
        proof = await solved_challenge(world)
        assert await self.lane(school, world, proof=proof) == "proven"
        assert await self.lane(school, world, proof=proof) == "unproven"

    async def test_only_the_named_school_and_its_superiors_read_it(
        self, world: World, school: StaffedUnit, school_a2: Client, bureau_a: Client
    ) -> None:
        before = await list_ids(bureau_a, "intakes")
        await create_public_intake(world, unit_id=str(school.id), narrative="Bịa")
        (intake_id,) = await list_ids(bureau_a, "intakes") - before
        assert (await school.head.get(f"{API}/intakes/{intake_id}")).status_code == 200
        assert (await school_a2.get(f"{API}/intakes/{intake_id}")).status_code == 404

    async def test_a_school_that_is_not_known_is_refused(self, world: World) -> None:
        body = {"narrative": "Bịa", "unit_id": "01900000-0000-7000-8000-000000000000"}
        assert_problem(await world.anonymous.post(f"{API}/public/intakes", body), 422, "unknown_unit", "/unit_id")

    async def test_the_receipt_finds_the_state_however_it_is_typed(self, world: World, school: StaffedUnit) -> None:
        receipt = (await create_public_intake(world, unit_id=str(school.id), narrative="Bịa"))["receipt"]
        assert len(receipt.split(" ")) == 8
        for typed in (
            receipt,
            receipt.replace("đ", "\u00f0"),
            receipt.upper().replace("Đ", "\u00d0"),
            receipt.upper(),
            fold(receipt),
            fold(receipt).title(),
            "-".join(receipt.split()),
        ):
            answer = ok(await world.anonymous.post(f"{API}/public/receipts/status", {"receipt": typed}))
            assert answer["state"] == "received"
            assert "111" in answer["hotline_advice"]

    async def test_a_wrong_receipt_finds_nothing(self, world: World) -> None:
        words = (await create_public_intake(world, narrative="Bịa"))["receipt"].split(" ")
        for wrong in (words[::-1], words[:7], ["sai"] * 8):
            body = {"receipt": " ".join(wrong)}
            assert (await world.anonymous.post(f"{API}/public/receipts/status", body)).status_code == 404

    async def test_reporter_sees_one_of_three_states(self, world: World, school: StaffedUnit) -> None:
        body = {"receipt": (await create_public_intake(world, unit_id=str(school.id), narrative="Bịa"))["receipt"]}
        (intake_id,) = await list_ids(school.head, "intakes")

        async def heard() -> str:
            return str(ok(await world.anonymous.post(f"{API}/public/receipts/status", body))["state"])

        assert await heard() == "received"
        opened = ok(await school.head.post(f"{API}/intakes/{intake_id}/incident"), 201)
        path = f"{API}/incidents/{opened['id']}"
        assert await heard() == "in_progress"
        ok(await dismiss(school.head, path, reason="Trùng (bịa)"))
        assert await heard() == "closed"

    @pytest.mark.parametrize("successors", [0, 1, 2])
    async def test_of_a_closed_school_it_goes_to_the_one_successor_or_the_level_above(
        self, world: World, successors: int
    ) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school = await create_unit(world, under=bureau.id)
        after = [await create_unit(world, under=bureau.id) for _ in range(successors)]
        await close_unit(world, school.id, *(place.id for place in after))
        await create_public_intake(world, narrative="Bịa", unit_id=str(school.id))
        holder, reader = (after[0].id, after[0].head) if successors == 1 else (bureau.id, bureau.officer)
        assert await holders(reader, school.id) == [str(holder)]

    async def test_accused_staff_of_a_closed_school_cannot_read_it_at_the_successor(self, world: World) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school, successor = await create_unit(world, under=bureau.id), await create_unit(world, under=bureau.id)
        await close_unit(world, school.id, successor.id)
        await create_public_intake(world, narrative="Bịa", unit_id=str(school.id), accused=[{"kind": "school_leader"}])
        assert await holders(successor.head, school.id) == []
        assert await holders(bureau.officer, school.id) == [str(bureau.id)]

    async def test_where_no_level_between_is_open_it_goes_to_the_department(
        self, world: World, department: Client
    ) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school = await create_unit(world, under=bureau.id)
        for unit_id in (school.id, bureau.id):
            await close_unit(world, unit_id)
        agency = await create_unit(world, "agency", "department")
        for unit_id in (school.id, agency.id):
            await create_public_intake(world, narrative="Bịa", unit_id=str(unit_id), accused=[{"kind": "staff"}])
            assert await holders(department, unit_id) == [str(world.units["department"])]

    async def test_intake_about_the_ministry_goes_to_a_department(self, world: World, department: Client) -> None:
        before = await list_ids(department, "intakes")
        await create_public_intake(world, narrative="Bịa", unit_id=str(world.units["ministry"]))
        (new,) = await list_ids(department, "intakes") - before
        assert ok(await department.get(f"{API}/intakes/{new}"))["holder_id"] == str(world.units["department"])

    async def test_nothing_of_the_reporters_device_is_stored(self, world: World) -> None:
        canaries = {"User-Agent": "canary-agent-7319", "X-Forwarded-For": "203.0.113.77", "Referer": "canary-page-7319"}
        key = {"Idempotency-Key": "k" * 40}
        await create_public_intake(world, narrative="Bịa")
        school = await create_unit(world)
        before = database_text(world).count("127.0.0.1")
        body = {"narrative": "Bịa", "unit_id": str(school.id)}
        ok(await world.anonymous.post(f"{API}/public/intakes", body, headers=canaries | key), 201)
        everything = database_text(world)
        assert school.id.hex in everything.replace("-", ""), "the search itself must be able to find"
        for canary in canaries.values():
            assert canary not in everything
        assert everything.count("127.0.0.1") == before, "other tests' webhooks lead there; no intake adds one"


async def holders(reader: Client, unit_id: UUID) -> list[str]:
    """The holders of the intakes about a unit that the reader can see."""
    return [each["holder_id"] for each in await list_items(reader, "intakes") if each["unit_id"] == str(unit_id)]


def database_text(world: World) -> str:
    """Every cell of every table, as the database's own administrator reads it."""
    if world.database is not None:
        url = world.database.admin_url.replace("postgresql://", "postgresql+psycopg://", 1)
    else:
        url = world.runtime.settings.engine_url.replace("+aiosqlite", "")
    engine = create_engine(url)
    # As text: PostgreSQL keeps days that Python has no name for.
    columns = "whole::text" if world.database is not None else "*"
    with engine.connect() as connection:
        rows = [
            repr(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in connection.exec_driver_sql(f"SELECT {columns} FROM {table.name} whole")  # noqa: S608 — our own tables
        ]
    engine.dispose()
    return "\n".join(rows)
