"""The access rule, stated independently: nothing here asks the application what it allows.

1. Each operation names the roles that may call it. Anybody else hears 403; without a token, 401.
2. A role with a line reaches what its own unit and the units below hold. A shared case is reached beyond the line,
   up to the tier of the grant, to read and never to write. Administrators reach accounts and no case.
3. What is beyond reach is answered 404, as if it were not there. Units are no secret: managing a foreign one is 403.
4. A school stands below a bureau, commune, department or ministry: nobody founds or moves one elsewhere.
"""

from dataclasses import dataclass, field
from uuid import UUID

from tests.province import UNITS
from tests.world import Client

LEADERS = frozenset({"department_head", "department_officer", "bureau_head", "bureau_officer", "school_head"})
WORKERS = LEADERS | {"school_officer", "counsellor"}
READERS = WORKERS | {"inspector", "integration_client"}
# An administrator uploads accounts, and reaches its own uploads alone.
UPLOADERS = LEADERS | {"school_officer", "integration_client"}
DRAFTERS = LEADERS | {"school_officer", "integration_client"}
REPORT_READERS = DRAFTERS | {"inspector", "auditor"}
REVIEWERS = frozenset({"department_head", "department_officer", "bureau_head", "bureau_officer"})
SIGNERS = frozenset({"department_head", "bureau_head", "school_head"})
PARTNERS = frozenset({"partner", "partner_client"})
HELPERS = PARTNERS | {"homeroom_teacher"}
ADMINISTRATORS = frozenset({"system_administrator"})
EVERYONE = READERS | HELPERS | {"auditor"} | ADMINISTRATORS

WITH_A_LINE = READERS | {"auditor"}
BY_GRANT = WITH_A_LINE | HELPERS
LESS = {"auditor": 1, "integration_client": 2, "partner_client": 2, "system_administrator": 0}
TIER = dict.fromkeys(EVERYONE, 3) | LESS


@dataclass(frozen=True)
class Actor:
    """Somebody who asks. `role` is empty for a stranger; an integration client signs in by its `secret`."""

    name: str
    role: str
    unit: str
    client: Client
    user_id: UUID | None = None
    secret: dict[str, str] | None = None


@dataclass(frozen=True)
class Shared:
    """A grant of a case: `units` and `users` by name, up to `tier`. Only a live one opens anything."""

    units: frozenset[str]
    users: frozenset[str] = frozenset()
    tier: int = 3
    live: bool = True


@dataclass
class Case:
    """A case with all that hangs on it, held by `holder`. `ids` are what paths and bodies name."""

    key: str
    holder: str
    shared: Shared | None = None
    unit: str = ""
    code: str = ""
    phone: str = ""
    ids: dict[str, UUID] = field(default_factory=dict)


@dataclass
class Account:
    """A user and a client of one unit."""

    unit: str
    ids: dict[str, UUID] = field(default_factory=dict)


@dataclass
class Place:
    """A unit `unit` of the province, and a leaf unit below it that may be re-described, moved and closed."""

    unit: str
    ids: dict[str, UUID] = field(default_factory=dict)


def stands_under(unit: str | None, above: str) -> bool:
    while unit is not None and unit != above:
        unit = UNITS[unit][1]
    return unit == above


def in_line(actor: Actor, holder: str) -> bool:
    return actor.role in WITH_A_LINE and stands_under(holder, actor.unit)


def granted_tier(actor: Actor, case: Case) -> int:
    shared = case.shared
    if shared is None or not shared.live or actor.role not in BY_GRANT:
        return 0
    return shared.tier if actor.unit in shared.units or actor.name in shared.users else 0


def reaches(actor: Actor, case: Case, least: int = 1) -> bool:
    """Whether a row of the case is there at all; beyond the line a row opens from the tier `least` on."""
    return in_line(actor, case.holder) or granted_tier(actor, case) >= least


def is_of_holder(actor: Actor, case: Case) -> bool:
    """Whether a row addressed to the holder of the case is addressed to the actor's unit."""
    return actor.unit == case.holder


def is_in_line(actor: Actor, case: Case) -> bool:
    return in_line(actor, case.holder)


def is_listed(actor: Actor, case: Case) -> bool:
    """A list is of what the line holds; of those without a line, of what was shared with them."""
    return in_line(actor, case.holder) or (actor.role in HELPERS and granted_tier(actor, case) >= 1)


def is_shared_with(actor: Actor, case: Case) -> bool:
    return granted_tier(actor, case) >= 1


def sees(actor: Actor, case: Case, tier: int) -> bool:
    """Whether text of `tier` may be shown."""
    within = TIER.get(actor.role, 0)
    return tier <= (within if in_line(actor, case.holder) else min(within, granted_tier(actor, case)))


SCHOOLS_STAND_BELOW = frozenset({"ministry", "department", "bureau", "commune"})


def admits_schools(unit: str) -> bool:
    """Whether a school may be founded, or moved, right below the unit."""
    return UNITS[unit][0] in SCHOOLS_STAND_BELOW


def manages_accounts_of(actor: Actor, unit: str) -> bool:
    return (actor.role in ADMINISTRATORS or actor.role in WITH_A_LINE) and stands_under(unit, actor.unit)


REGISTRARS = LEADERS | {"school_officer", "integration_client"}
REGISTRY_READERS = REGISTRARS | {"counsellor"}


def has_uploads(actor: Actor, case: Case) -> bool:
    """Uploads are reached at the unit whose they are, by nobody above or below."""
    return actor.role in UPLOADERS and actor.unit == case.holder


def has_registry(actor: Actor, case: Case) -> bool:
    """Learners are read and written at the unit that has them, by nobody above or below."""
    return actor.role in REGISTRY_READERS and actor.unit == case.holder


def is_taught(actor: Actor, case: Case) -> bool:
    """The planted class has the homeroom teachers of its unit; they reach its learners, and no number of them."""
    return has_registry(actor, case) or (actor.role == "homeroom_teacher" and actor.unit == case.holder)


def is_signed_with(actor: Actor, case: Case) -> bool:
    """Whose class signs: its unit, and its homeroom teacher. A counsellor has no part in it."""
    return actor.role != "counsellor" and is_taught(actor, case)


AGREEING = frozenset({"school_head", "school_officer"})


def has_agreements(actor: Actor, case: Case) -> bool:
    """What a school's staff and partners signed is its head's and officer's, and nobody's above or below."""
    return actor.role in AGREEING and actor.unit == case.holder


def is_announced(actor: Actor, case: Case) -> bool:
    """A campaign is known to the line of the unit that announced it, above and below."""
    return stands_under(case.holder, actor.unit) or stands_under(actor.unit, case.holder)
