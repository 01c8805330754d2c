"""What a scoped row is about, and how much of it a reader sees."""

from enum import IntEnum, StrEnum


class Tier(IntEnum):
    """How much of a case a reader sees; each tier includes those below it (security: T1 to T3)."""

    NONE = 0
    FACTS = 1
    CIRCUMSTANCES = 2
    IDENTITIES = 3


class AccessClass(StrEnum):
    """What a row is about: a role has one reach and one tier for each. Decision 0009."""

    CASE = "case"
    ACCOUNT = "account"
    AUDIT = "audit"
    REPORT = "report"
    LEARNER = "learner"
    UPLOAD = "upload"


# Rows that any session may add, whatever it reaches.
ADDED_BY_ALL = frozenset({AccessClass.AUDIT})
