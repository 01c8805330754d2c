"""How much of a case is seen, and what a scoped row is about."""

from enum import IntEnum, StrEnum


class Tier(IntEnum):
    """How much of a case a reader sees; each tier holds the ones below it (security: T1 to T3)."""

    NONE = 0
    FACTS = 1
    CIRCUMSTANCES = 2
    IDENTITIES = 3


class Family(StrEnum):
    """What a scoped row is about. An administrator reaches accounts and no case; everybody adds to the audit log."""

    CASE = "case"
    ACCOUNT = "account"
    AUDIT = "audit"
