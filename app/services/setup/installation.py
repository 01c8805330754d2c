"""The first units and the first administrator of an installation."""

from app.core.problems import DUPLICATE
from app.models.accounts import User
from app.schemas.accounts.users import UserIn
from app.schemas.units import UnitDescription
from app.security.access.roles import Role
from app.security.crypto.passwords import first_password
from app.services.platform.unit_of_work import UnitOfWork
from app.services.units import UnitService

MINISTRY = "Bộ Giáo dục và Đào tạo"
DECISION = "khởi tạo hệ thống"


async def found_installation(work: UnitOfWork, name: str, code: str, administrator: str) -> str:
    """The administrator's first password. Raises `duplicate` (409) where there are units already.

    Raises ValidationError for a username that nobody could sign in with.
    """
    units = UnitService(work)
    if await units.are_founded():
        raise DUPLICATE()

    def described(text: str, number: str) -> UnitDescription:
        return UnitDescription(name_vi=text, code=number, effective_on=work.today, decision_number=DECISION)

    ministry = await units.found_below("ministry", None, described(MINISTRY, "moet"))
    department = await units.found_below("department", ministry, described(name, code))
    account = UserIn(
        username=administrator,
        full_name="Quản trị hệ thống",
        role=Role.SYSTEM_ADMINISTRATOR,
        unit_id=department.id,
    )
    password = first_password()
    work.session.add(
        User(
            **account.model_dump(),
            org_path=department.org_path,
            password_hash=await work.runtime.passwords.hash(password),
            created_at=work.now,
        )
    )
    return password
