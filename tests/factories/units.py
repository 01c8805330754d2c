"""Units of a test's own, with their staff signed in. All of it invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from uuid import UUID

from app.core.time import today
from app.models.accounts import User
from app.repositories.units import UnitRepository
from app.schemas.units import UnitDescription
from app.security.access.roles import Role
from app.security.access.scope import ALL
from app.services.units import UnitService
from tests.factories.http import API, ok, read_etag
from tests.world import Client, World

NUMBERS = count(1)
FOUNDED = date(2021, 9, 1)
SCHOOL_STAFF = {
    "head": Role.SCHOOL_HEAD,
    "officer": Role.SCHOOL_OFFICER,
    "counsellor": Role.COUNSELLOR,
    "teacher": Role.HOMEROOM_TEACHER,
}
STAFF = {
    "school": SCHOOL_STAFF,
    "bureau": {"head": Role.BUREAU_HEAD, "officer": Role.BUREAU_OFFICER},
    "commune": {"head": Role.BUREAU_HEAD, "officer": Role.BUREAU_OFFICER},
    "agency": {"partner": Role.PARTNER},
    "department": {"head": Role.DEPARTMENT_HEAD, "officer": Role.DEPARTMENT_OFFICER},
}


@dataclass(frozen=True, slots=True)
class StaffedUnit:
    """A new unit and its signed-in staff, by short name."""

    id: UUID
    people: dict[str, Client]

    def __getattr__(self, name: str) -> Client:
        return self.people[name]


async def create_unit(
    world: World, kind: str = "school", under: str | UUID = "bureau_a", levels: Sequence[str] = ()
) -> StaffedUnit:
    """A new unit below another, with staff."""
    number = next(NUMBERS)
    parent_id = world.units[under] if isinstance(under, str) else under
    async with world.runtime.work(ALL) as work:
        parent = await UnitRepository(work.session).get(parent_id)
        described = UnitDescription(
            name_vi=f"Đơn vị thử {number} (mẫu)",
            code=f"t{number}",
            levels=list(levels),
            effective_on=FOUNDED,
            decision_number="02/QĐ-MẪU",
        )
        unit = await UnitService(work).create_unchecked(kind, parent, described)
        for name, role in STAFF[kind].items():
            work.session.add(
                User(
                    unit_id=unit.id,
                    org_path=unit.org_path,
                    username=f"t{number}.{name}",
                    full_name=f"Người Thử {number} {name}",
                    role=role,
                    password_hash="none",
                    must_change_password=False,
                    created_at=work.now,
                )
            )
        unit_id = unit.id
        await work.commit()
    return StaffedUnit(unit_id, {name: await world.fresh_client(f"t{number}.{name}") for name in STAFF[kind]})


async def close_unit(world: World, unit_id: UUID, *successors: UUID) -> None:
    """Close a unit today as the department, with its successors."""
    head, path = await world.client("so.head"), f"{API}/units/{unit_id}"
    body = {"effective_on": today().isoformat(), "decision_number": "10/QĐ-MẪU", "kind": "merge"}
    heirs = {"successor_ids": [str(key) for key in successors]}
    ok(await head.post(f"{path}/closure", body | heirs, headers={"If-Match": await read_etag(head, path)}), 204)


async def schedule_unit_closure(world: World, unit_id: UUID, *, in_days: int) -> None:
    """Close a unit with effect in `in_days` days."""
    async with world.runtime.work(ALL) as work:
        (await UnitRepository(work.session).get(unit_id)).closed_on = work.today + timedelta(days=in_days)
        await work.commit()
