"""Words that tables and forms share."""

from enum import StrEnum


class AccountStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Relation(StrEnum):
    """The two lines of a unit: who governs it, and who directs its profession."""

    ADMINISTRATIVE = "administrative"
    PROFESSIONAL = "professional"


class SuccessionKind(StrEnum):
    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    ABOLISH = "abolish"
    TRANSFER = "transfer"
