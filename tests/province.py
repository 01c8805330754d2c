"""An invented province for tests: small, with every kind of neighbour. All names are made up.

ministry
├── department        so.*          (the province under test)
│   ├── bureau_a      phong_a.*
│   │   ├── school_a1 a1.*
│   │   └── school_a2 a2.*
│   ├── bureau_b      phong_b.*
│   │   └── school_b1 b1.*
│   ├── high_school   thpt.*        (right under the department)
│   └── agency        congan.*      (a partner)
└── department_2      so2.*         (another province)
    └── school_z      z.*
"""

from datetime import date

from app.models.accounts import User
from app.models.units import Unit
from app.schemas.units import UnitDescription
from app.security.access.roles import Role
from app.services.platform.unit_of_work import UnitOfWork
from app.services.setup.reference_data import load_reference_data
from app.services.units import UnitService

PASSWORD = "mot-mat-khau-de-thu-9"
FOUNDED = date(2020, 9, 1)
UNITS = {
    "ministry": ("ministry", None, "Bộ Giáo dục (mẫu)"),
    "department": ("department", "ministry", "Sở Giáo dục Mẫu"),
    "bureau_a": ("bureau", "department", "Phòng Giáo dục huyện An (mẫu)"),
    "bureau_b": ("bureau", "department", "Phòng Giáo dục huyện Bình (mẫu)"),
    "school_a1": ("school", "bureau_a", "Trường Tiểu học Đường Số 1 (mẫu)"),
    "school_a2": ("school", "bureau_a", "Trường THCS Số 2 (mẫu)"),
    "school_b1": ("school", "bureau_b", "Trường THCS Số 3 (mẫu)"),
    "high_school": ("school", "department", "Trường THPT Số 4 (mẫu)"),
    "agency": ("agency", "department", "Công an (mẫu)"),
    "department_2": ("department", "ministry", "Sở Giáo dục Khác (mẫu)"),
    "school_z": ("school", "department_2", "Trường Số 9 (mẫu)"),
}
SCHOOL_ROLES = {
    "head": Role.SCHOOL_HEAD,
    "officer": Role.SCHOOL_OFFICER,
    "counsellor": Role.COUNSELLOR,
    "teacher": Role.HOMEROOM_TEACHER,
}
DEPARTMENT_ROLES = {
    "head": Role.DEPARTMENT_HEAD,
    "officer": Role.DEPARTMENT_OFFICER,
    "inspector": Role.INSPECTOR,
    "auditor": Role.AUDITOR,
    "admin": Role.SYSTEM_ADMINISTRATOR,
}
STAFF = {
    "so": ("department", DEPARTMENT_ROLES),
    "so2": ("department_2", DEPARTMENT_ROLES),
    "phong_a": (
        "bureau_a",
        {"head": Role.BUREAU_HEAD, "officer": Role.BUREAU_OFFICER, "admin": Role.SYSTEM_ADMINISTRATOR},
    ),
    "phong_b": ("bureau_b", {"officer": Role.BUREAU_OFFICER}),
    "a1": ("school_a1", SCHOOL_ROLES),
    "a2": ("school_a2", SCHOOL_ROLES),
    "b1": ("school_b1", SCHOOL_ROLES),
    "thpt": ("high_school", SCHOOL_ROLES),
    "z": ("school_z", SCHOOL_ROLES),
    "congan": ("agency", {"partner": Role.PARTNER}),
}


async def build_province(work: UnitOfWork) -> dict[str, Unit]:
    """The units by their names above; every user signs in with PASSWORD as `<prefix>.<name>`."""
    await load_reference_data(work)
    units: dict[str, Unit] = {}
    service = UnitService(work)
    for key, (kind, parent, name) in UNITS.items():
        described = UnitDescription(name_vi=name, code=key, effective_on=FOUNDED, decision_number="01/QĐ-MẪU")
        units[key] = await service.create_unchecked(kind, units[parent] if parent else None, described)
    password_hash = await work.runtime.passwords.hash(PASSWORD)
    for prefix, (unit_key, roles) in STAFF.items():
        unit = units[unit_key]
        for name, role in roles.items():
            administrator = role is Role.SYSTEM_ADMINISTRATOR
            work.session.add(
                User(
                    unit_id=unit.id,
                    org_path=unit.org_path,
                    username=f"{prefix}.{name}",
                    full_name=f"Người Mẫu {prefix} {name}",
                    role=role,
                    password_hash=password_hash,
                    must_change_password=False,
                    # The second factor is tested by those who sign in; here it only must not stand in the way.
                    totp_enrolled_at=work.now if administrator else None,
                    created_at=work.now,
                )
            )
    await work.flush()
    return units
