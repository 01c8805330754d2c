"""Who may do what: one frozen matrix of (role, act, resource), and how much of a case each role sees.

It answers for functions only. Which rows a role reaches is the scope's answer (scope.py). What is not here is
refused, and a route that declares no right stops the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.core.scoping import AccessClass, Tier


class Role(StrEnum):
    DEPARTMENT_HEAD = "department_head"
    DEPARTMENT_OFFICER = "department_officer"
    INSPECTOR = "inspector"
    BUREAU_HEAD = "bureau_head"
    BUREAU_OFFICER = "bureau_officer"
    SCHOOL_HEAD = "school_head"
    SCHOOL_OFFICER = "school_officer"
    COUNSELLOR = "counsellor"
    HOMEROOM_TEACHER = "homeroom_teacher"
    PARTNER = "partner"
    AUDITOR = "auditor"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    INTEGRATION_CLIENT = "integration_client"
    PARTNER_CLIENT = "partner_client"


class Act(StrEnum):
    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DECIDE = "decide"
    SHARE = "share"
    MANAGE = "manage"


class Resource(StrEnum):
    UNIT = "unit"
    USER = "user"
    CLIENT = "client"
    INTAKE = "intake"
    INCIDENT = "incident"
    REFERRAL = "referral"
    WEBHOOK = "webhook"
    EMERGENCY_ACCESS = "emergency_access"
    ATTACHMENT = "attachment"
    CODE_LIST = "code_list"
    CLOCK_RULE = "clock_rule"
    CALENDAR = "calendar"
    NOTICE = "notice"
    RETENTION = "retention"
    HOLD = "hold"
    SUBJECT_REQUEST = "subject_request"
    AUDIT = "audit"
    REPORT = "report"
    REPORT_PERIOD = "report_period"
    REPORT_TEMPLATE = "report_template"
    ROSTER_COUNT = "roster_count"
    LEARNER = "learner"
    LEARNER_COUNT = "learner_count"
    LEARNER_LOOKUP = "learner_lookup"
    UPLOAD = "upload"
    COMMITMENT = "commitment"
    COMMITMENT_AGREEMENT = "commitment_agreement"
    COMMITMENT_COUNT = "commitment_count"
    COMMITMENT_SLIP = "commitment_slip"
    COMMITMENT_REMINDER = "commitment_reminder"
    COMMITMENT_TEMPLATE = "commitment_template"
    EXPORT = "export"
    SELF = "self"


class Reach(StrEnum):
    """Which rows of an access class a role reaches: of its unit and below, of its unit alone, or opened to it."""

    SUBTREE = "subtree"
    UNIT = "unit"
    GRANTED = "granted"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RoleRights:
    label_vi: str
    label_en: str
    levels: frozenset[str]
    reaches: Mapping[AccessClass, Reach]
    tiers: Mapping[AccessClass, Tier]
    acts: frozenset[tuple[Act, Resource]]
    second_factor: bool = False

    def reach(self, access_class: AccessClass) -> Reach:
        return self.reaches.get(access_class, Reach.NONE)

    def tier(self, access_class: AccessClass) -> Tier:
        return self.tiers.get(access_class, Tier.NONE)


R, C, U, D, S, M = Act.READ, Act.CREATE, Act.UPDATE, Act.DECIDE, Act.SHARE, Act.MANAGE
EVERYONE = {(R, Resource.UNIT), (R, Resource.CODE_LIST), (M, Resource.SELF)}
CASE = {(R, Resource.INCIDENT), (R, Resource.REFERRAL), (R, Resource.ATTACHMENT)}
REPORT_READER = {
    (R, each) for each in (Resource.REPORT, Resource.REPORT_PERIOD, Resource.REPORT_TEMPLATE, Resource.ROSTER_COUNT)
}
# Who keeps records of a unit also sends them as files, a system too.
UPLOADER = {(R, Resource.UPLOAD), (C, Resource.UPLOAD)}
# Fills in; who signs for the unit hands it on (`share`), the level above decides on it.
DRAFTER = REPORT_READER | UPLOADER | {(C, Resource.REPORT), (C, Resource.ROSTER_COUNT)}
# What no system does: keep the unit's register of documents, answer for a file that waits for a person, and take a
# list out as a document.
CLERK = {(U, Resource.REPORT), (D, Resource.UPLOAD), (R, Resource.EXPORT), (C, Resource.EXPORT)}
REVIEWER = DRAFTER | CLERK | {(D, Resource.REPORT), (M, Resource.REPORT_PERIOD)}
SIGNER = CLERK | {(S, Resource.REPORT), (M, Resource.ROSTER_COUNT)}
# The registry of a unit: names are read and written at the unit itself, and above it only counted.
REGISTRY_READER = {(R, Resource.LEARNER), (R, Resource.LEARNER_COUNT)}
REGISTRAR = REGISTRY_READER | {(C, Resource.LEARNER), (U, Resource.LEARNER)}
# No system confirms that a learner left for another school.
REGISTRAR_IN_PERSON = REGISTRAR | {(D, Resource.LEARNER)}
# A bureau or a department also looks one learner up by an exact number, with a reason.
REGISTRAR_ABOVE = REGISTRAR_IN_PERSON | {(a, Resource.LEARNER_LOOKUP) for a in (R, C)}
# Commitments: a class is signed at its school; above it they are announced, and counted by school.
SIGNING = {(R, Resource.COMMITMENT), (U, Resource.COMMITMENT), (R, Resource.COMMITMENT_TEMPLATE)}
# What the staff and the partners of a school sign is its head's and officer's.
AGREEMENTS = {(a, Resource.COMMITMENT_AGREEMENT) for a in (R, U)}
# A slip opens what a family signs: people alone print it.
SLIPS = {(R, Resource.COMMITMENT_SLIP), (C, Resource.COMMITMENT_SLIP)}
CAMPAIGNER = {(a, Resource.COMMITMENT) for a in (R, C)} | {
    (R, each) for each in (Resource.COMMITMENT_COUNT, Resource.COMMITMENT_TEMPLATE)
}
# The department alone says that a child is protected.
PROTECTOR = {(M, Resource.LEARNER)}
READER = EVERYONE | CASE | {(R, Resource.INTAKE), (R, Resource.NOTICE)}
WORKER = READER | {
    (C, Resource.INTAKE),
    (D, Resource.INTAKE),
    (U, Resource.INCIDENT),
    (D, Resource.INCIDENT),
    (C, Resource.REFERRAL),
    (C, Resource.EMERGENCY_ACCESS),
    (U, Resource.REFERRAL),
    (U, Resource.NOTICE),
    (R, Resource.SUBJECT_REQUEST),
    (C, Resource.SUBJECT_REQUEST),
    (C, Resource.ATTACHMENT),
}
LEADER = WORKER | {
    (S, Resource.INCIDENT),
    (D, Resource.ATTACHMENT),
    (R, Resource.USER),
    (M, Resource.CLOCK_RULE),
    (R, Resource.RETENTION),
    (M, Resource.HOLD),
    (D, Resource.SUBJECT_REQUEST),
}
SCHOOL, BUREAU, DEPARTMENT = frozenset({"school"}), frozenset({"bureau", "commune"}), frozenset({"department"})
AGENCY = frozenset({"agency"})
ABOVE_SCHOOLS = DEPARTMENT | frozenset({"ministry"})
ANY_LEVEL = SCHOOL | BUREAU | ABOVE_SCHOOLS
# Where people work on cases. The ministry may have an inspector, or nobody.
WORKING_LEVELS = SCHOOL | BUREAU | DEPARTMENT


Reaches = Mapping[AccessClass, Reach]
Tiers = Mapping[AccessClass, Tier]
LINE = MappingProxyType({AccessClass.CASE: Reach.SUBTREE, AccessClass.ACCOUNT: Reach.SUBTREE})
REPORTS = MappingProxyType({**LINE, AccessClass.REPORT: Reach.SUBTREE})
CASES = MappingProxyType({**LINE, AccessClass.LEARNER: Reach.UNIT})
SUBTREE = MappingProxyType({**REPORTS, AccessClass.LEARNER: Reach.UNIT, AccessClass.UPLOAD: Reach.UNIT})
GRANTED = MappingProxyType({AccessClass.CASE: Reach.GRANTED})
TAUGHT = MappingProxyType({**GRANTED, AccessClass.LEARNER: Reach.GRANTED})
# An administrator's own uploads of accounts, and none of the unit's others.
ACCOUNTS = MappingProxyType({AccessClass.ACCOUNT: Reach.SUBTREE, AccessClass.UPLOAD: Reach.GRANTED})
# With the audit log of the unit and those below.
AUDITED = MappingProxyType({**REPORTS, AccessClass.AUDIT: Reach.SUBTREE})
LED = MappingProxyType({**SUBTREE, AccessClass.AUDIT: Reach.SUBTREE})

IDENTITIES = MappingProxyType({AccessClass.CASE: Tier.IDENTITIES, AccessClass.LEARNER: Tier.IDENTITIES})
CIRCUMSTANCES = MappingProxyType({AccessClass.CASE: Tier.CIRCUMSTANCES})
# A homeroom teacher sees no ethnicity and no disability; a student-data system sends both.
TEACHING = MappingProxyType({AccessClass.CASE: Tier.IDENTITIES, AccessClass.LEARNER: Tier.FACTS})
EXCHANGING = MappingProxyType({AccessClass.CASE: Tier.CIRCUMSTANCES, AccessClass.LEARNER: Tier.IDENTITIES})
CASES_ALONE = MappingProxyType({AccessClass.CASE: Tier.IDENTITIES})
FACTS = MappingProxyType({AccessClass.CASE: Tier.FACTS})
NOTHING: Tiers = MappingProxyType({})


def _role(
    vi: str,
    en: str,
    levels: frozenset[str],
    reaches: Reaches,
    tiers: Tiers,
    acts: set[tuple[Act, Resource]],
    *,
    second_factor: bool = False,
) -> RoleRights:
    return RoleRights(vi, en, levels, reaches, tiers, frozenset(acts), second_factor)


MATRIX: MappingProxyType[Role, RoleRights] = MappingProxyType(
    {
        Role.DEPARTMENT_HEAD: _role(
            "Lãnh đạo Sở",
            "Department head",
            DEPARTMENT,
            LED,
            IDENTITIES,
            LEADER
            | REVIEWER
            | SIGNER
            | REGISTRAR_ABOVE
            | CAMPAIGNER
            | PROTECTOR
            | {(M, each) for each in (Resource.REPORT, Resource.REPORT_TEMPLATE, Resource.COMMITMENT_TEMPLATE)}
            | {(M, Resource.UNIT), (M, Resource.CALENDAR), (R, Resource.AUDIT), (M, Resource.RETENTION)},
        ),
        Role.DEPARTMENT_OFFICER: _role(
            "Chuyên viên Sở (Phòng GDTrH–GDTX)",
            "Department officer",
            DEPARTMENT,
            SUBTREE,
            IDENTITIES,
            LEADER
            | REVIEWER
            | REGISTRAR_ABOVE
            | CAMPAIGNER
            | PROTECTOR
            | {(M, each) for each in (Resource.CALENDAR, Resource.REPORT_TEMPLATE, Resource.COMMITMENT_TEMPLATE)},
        ),
        Role.INSPECTOR: _role(
            "Thanh tra",
            "Inspector",
            ABOVE_SCHOOLS,
            REPORTS,
            CASES_ALONE,
            READER
            | REPORT_READER
            | {(R, each) for each in (Resource.RETENTION, Resource.SUBJECT_REQUEST, Resource.LEARNER_COUNT)},
        ),
        Role.BUREAU_HEAD: _role(
            "Lãnh đạo phòng GD&ĐT hoặc xã",
            "Bureau head",
            BUREAU,
            SUBTREE,
            IDENTITIES,
            LEADER | REVIEWER | SIGNER | REGISTRAR_ABOVE | CAMPAIGNER,
        ),
        Role.BUREAU_OFFICER: _role(
            "Cán bộ phòng GD&ĐT hoặc xã",
            "Bureau officer",
            BUREAU,
            SUBTREE,
            IDENTITIES,
            LEADER | REVIEWER | REGISTRAR_ABOVE | CAMPAIGNER,
        ),
        Role.SCHOOL_HEAD: _role(
            "Hiệu trưởng",
            "School head",
            SCHOOL,
            SUBTREE,
            IDENTITIES,
            LEADER | DRAFTER | CLERK | SIGNER | REGISTRAR_IN_PERSON | CAMPAIGNER | SIGNING | SLIPS | AGREEMENTS,
        ),
        Role.SCHOOL_OFFICER: _role(
            "Cán bộ phụ trách của trường",
            "School officer",
            SCHOOL,
            SUBTREE,
            IDENTITIES,
            WORKER | DRAFTER | CLERK | REGISTRAR_IN_PERSON | CAMPAIGNER | SIGNING | SLIPS | AGREEMENTS,
        ),
        Role.COUNSELLOR: _role("Tư vấn học đường", "Counsellor", SCHOOL, CASES, IDENTITIES, WORKER | REGISTRY_READER),
        Role.HOMEROOM_TEACHER: _role(
            "Giáo viên chủ nhiệm",
            "Homeroom teacher",
            SCHOOL,
            TAUGHT,
            TEACHING,
            EVERYONE
            | CASE
            | SIGNING
            | SLIPS
            | {(C, Resource.INTAKE), (C, Resource.EMERGENCY_ACCESS), (R, Resource.LEARNER)},
        ),
        Role.PARTNER: _role(
            "Cơ quan phối hợp",
            "Partner agency",
            AGENCY,
            GRANTED,
            CASES_ALONE,
            EVERYONE | CASE | {(D, Resource.REFERRAL), (R, Resource.NOTICE), (U, Resource.NOTICE)},
        ),
        Role.AUDITOR: _role(
            "Kiểm toán",
            "Auditor",
            ANY_LEVEL,
            AUDITED,
            FACTS,
            EVERYONE
            | REPORT_READER
            | {(R, Resource.INCIDENT), (R, Resource.USER), (R, Resource.AUDIT), (R, Resource.RETENTION)},
        ),
        Role.SYSTEM_ADMINISTRATOR: _role(
            "Quản trị hệ thống",
            "System administrator",
            ANY_LEVEL,
            ACCOUNTS,
            NOTHING,
            EVERYONE
            | {(a, r) for a in (R, M) for r in (Resource.USER, Resource.CLIENT, Resource.WEBHOOK)}
            | UPLOADER
            | {(D, Resource.UPLOAD)}
            | {(M, Resource.UNIT)},
            second_factor=True,
        ),
        Role.INTEGRATION_CLIENT: _role(
            "Hệ thống tích hợp",
            "Integration client",
            ANY_LEVEL,
            SUBTREE,
            EXCHANGING,
            READER
            | DRAFTER
            | REGISTRAR
            | SIGNING
            | {(U, Resource.COMMITMENT_REMINDER)}
            | {(C, Resource.INTAKE), (C, Resource.REFERRAL), (C, Resource.ATTACHMENT)},
        ),
        Role.PARTNER_CLIENT: _role(
            "Hệ thống của cơ quan phối hợp",
            "Partner agency's system",
            AGENCY,
            GRANTED,
            CIRCUMSTANCES,
            EVERYONE | CASE | {(D, Resource.REFERRAL), (R, Resource.NOTICE)},
        ),
    }
)


def scope_name(act: Act, resource: Resource) -> str:
    """The OAuth scope that names one cell, such as `incident:read`."""
    return f"{resource}:{act}"


CLIENT_ROLES = frozenset({Role.INTEGRATION_CLIENT, Role.PARTNER_CLIENT})


def client_role(unit_kind: str) -> Role:
    """What a system may do follows from the kind of its unit."""
    return Role.PARTNER_CLIENT if unit_kind in AGENCY else Role.INTEGRATION_CLIENT


def client_scopes(role: Role) -> frozenset[str]:
    return frozenset(scope_name(a, r) for a, r in MATRIX[role].acts if r is not Resource.SELF)


CLIENT_SCOPES = tuple(sorted(frozenset[str]().union(*map(client_scopes, CLIENT_ROLES))))
# What a client may be given beyond what everybody may do.
CASE_SCOPES = frozenset(CLIENT_SCOPES) - {scope_name(a, r) for a, r in EVERYONE}
