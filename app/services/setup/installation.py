"""The root units and the first administrator of an installation."""

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


async def create_installation(work: UnitOfWork, name: str, code: str, administrator: str) -> str:
    """Create the installation and return the first password. Raises `duplicate` (409) if units exist.

    Raises ValidationError for an invalid username.
    """
    units = UnitService(work)
    if await units.any_exist():
        raise DUPLICATE()

    def description(text: str, number: str) -> UnitDescription:
        return UnitDescription(name_vi=text, code=number, effective_on=work.today, decision_number=DECISION)

    ministry = await units.create_unchecked("ministry", None, description(MINISTRY, "moet"))
    department = await units.create_unchecked("department", ministry, description(name, code))
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
