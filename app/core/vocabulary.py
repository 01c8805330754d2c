"""Words that tables and forms share."""

from enum import StrEnum
from typing import Final


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


class CopyState(StrEnum):
    """Whether a shared copy was made, and otherwise why not. Without one, a file is not releasable by a share."""

    MADE = "made"
    NOT_FOR_KIND = "not_for_kind"
    TOO_LARGE = "too_large"
    CUT = "cut"
    UNREADABLE = "unreadable"


class FileWarning(StrEnum):
    """What people must know of a file: why it has no shared copy, and what its original discloses."""

    NOT_FOR_KIND = "not_for_kind"
    TOO_LARGE = "too_large"
    CUT = "cut"
    UNREADABLE = "unreadable"
    PLACE_AND_IDENTITY = "place_and_identity"


class Dimension(StrEnum):
    """What a figure is broken down by; each has a code list (`app/schemas/reports/definitions.py`)."""

    SCHOOL_LEVEL = "school_level"
    GRADE = "grade"
    SEX = "sex"
    AGE_BAND = "age_band"
    ROLE = "role"
    FORM = "form"
    LOCATION = "location"
    SEVERITY = "severity"
    INJURY_OUTCOME = "injury_outcome"
    OWNERSHIP = "ownership"
    MEASURE = "measure"
    CHANNEL = "channel"
    AUTHORITY = "authority"


class IdentifierKind(StrEnum):
    """How others know a learner; those of `SEALED_KINDS` are encrypted."""

    MOET = "moet"
    PERSONAL_NUMBER = "personal_number"
    PASSPORT = "passport"
    SCHOOL = "school"


SEALED_KINDS = frozenset({IdentifierKind.PERSONAL_NUMBER, IdentifierKind.PASSPORT})


class TransferSide(StrEnum):
    ARRIVAL = "arrival"
    DEPARTURE = "departure"


class TransferState(StrEnum):
    WAITING = "awaiting_confirmation"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    NOT_CONFIRMED = "not_confirmed"
    WITHDRAWN = "withdrawn"


# Of persons no fewer leave a school as a figure.
LEAST_SHOWN: Final = 5
# States of an obligation to sign before the party itself answered: the school may change them without a withdrawal.
COMMITMENT_OPEN: Final = ("pending", "asked", "not_reached", "no_contact_details", "not_required", "withdrawn")
COMMITMENT_VOID: Final = "void"
AGREEMENT_OPEN: Final = ("pending", "asked", "not_reached", "not_required", "withdrawn")
AGREEMENT_SETTLED: Final = ("signed", "refused", "not_reached", "not_required")
# Kinds of agreements that figures name.
STAFF_AGREEMENT: Final = "teacher_principal"
POLICE_AGREEMENT: Final = "school_police"
