"""Schools by the hundred, with a head each who is signed in. All invented."""

from uuid import UUID

from sqlalchemy import select

from app.models.accounts import SubjectKind, User
from app.models.units import Unit
from app.repositories.units import UnitRepository
from app.schemas.units import UnitDescription
from app.security.access.roles import Role
from app.security.access.scope import ALL
from app.services.platform.unit_of_work import UnitOfWork
from app.services.units import UnitService
from tests.factories.units import FOUNDED
from tests.world import Client, World

SCHOOLS_OF_A_BUREAU = 70


async def found_schools(world: World, number: int) -> tuple[list[UUID], dict[UUID, Client]]:
    """The bureaus, and the head of each school."""
    bureaus, users = list[UUID](), dict[UUID, UUID]()
    async with world.runtime.work(ALL) as work:
        department = await UnitRepository(work.session).get(world.units["department"])
        for at in range(number):
            if at % SCHOOLS_OF_A_BUREAU == 0:
                above = await _found(work, "bureau", department, len(bureaus))
                bureaus.append(above.id)
            school = await _found(work, "school", above, at)
            users[school.id] = _head(work, school, f"bench.{at}").id
        await work.commit()
    return bureaus, {unit_id: await _signed_in(world, user_id) for unit_id, user_id in users.items()}


async def _found(work: UnitOfWork, kind: str, parent: Unit, number: int) -> Unit:
    described = UnitDescription(
        name_vi=f"Đơn vị đo {kind} {number}", effective_on=FOUNDED, decision_number="02/QĐ-MẪU", code=f"{kind}{number}"
    )
    return await UnitService(work).create_unchecked(kind, parent, described)


def _head(work: UnitOfWork, unit: Unit, username: str) -> User:
    user = User(
        unit_id=unit.id,
        org_path=unit.org_path,
        username=username,
        full_name="Người Đo",
        role=Role.SCHOOL_HEAD,
        password_hash="none",
        must_change_password=False,
        created_at=work.now,
    )
    work.session.add(user)
    return user


async def _signed_in(world: World, user_id: UUID) -> Client:
    async with world.runtime.work(ALL) as work:
        user = (await work.session.scalars(select(User).where(User.id == user_id))).one()
        return await world._signed_in(work, user.id, user.epoch, SubjectKind.USER)  # noqa: SLF001 — a benchmark's shortcut
