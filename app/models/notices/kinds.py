"""Every kind of notice: its recipients and its data, which is codes, counts and ids, never a word of a case."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class NoticeKind(StrEnum):
    INTAKES_WAITING = "intakes_waiting"
    MESSAGES_WAITING = "messages_waiting"
    ESCALATED = "escalated"
    ESCALATION_ANSWERED = "escalation_answered"
    REFERRAL_UNANSWERED = "referral_unanswered"
    REFERRAL_MADE = "referral_made"
    CASE_SHARED = "case_shared"
    EMERGENCY_ACCESS_OPENED = "emergency_access_opened"
    EMERGENCY_ACCESS_REVIEWED = "emergency_access_reviewed"
    INFORMANT_OPENED = "informant_opened"
    INFORMANT_SEARCHED = "informant_searched"
    ACCOUNT_SEES_CASES = "account_sees_cases"
    ACCOUNT_ADMINISTERS = "account_administers"
    CLIENT_SEES_CASES = "client_sees_cases"
    UNIT_CHANGED = "unit_changed"
    SUBJECT_REQUEST_MISSED = "subject_request_missed"


@dataclass(frozen=True, slots=True)
class NoticeSpec:
    """Whom a kind notifies and every member that its `data` may have."""

    to: str
    data: frozenset[str]
    names_incident: bool = False


def _spec(to: str, *data: str, names_incident: bool = False) -> NoticeSpec:
    return NoticeSpec(to, frozenset(data), names_incident)


NOTICES: MappingProxyType[NoticeKind, NoticeSpec] = MappingProxyType(
    {
        NoticeKind.INTAKES_WAITING: _spec(
            "the unit that holds them; counts by lane, at most once in 15 minutes",
            *("staff", "proven", "unproven", "late", "raised"),
        ),
        NoticeKind.MESSAGES_WAITING: _spec(
            "the unit that holds the intakes; how many messages of reporters nobody read", "unread"
        ),
        NoticeKind.ESCALATED: _spec(
            "the unit that holds the incident and the level it was put before", "code", "clock", names_incident=True
        ),
        NoticeKind.ESCALATION_ANSWERED: _spec("the unit that holds the incident", "code", names_incident=True),
        NoticeKind.REFERRAL_UNANSWERED: _spec(
            "the unit that holds the incident; `code` is the referral's", "code", names_incident=True
        ),
        NoticeKind.REFERRAL_MADE: _spec(
            "the agency that it was made to; it opens with a grant from tier 2 on, and `code` is on the sheet",
            *("code", "referral_id"),
        ),
        NoticeKind.CASE_SHARED: _spec(
            "the unit that the incident was shared with, and up to which tier", "tier", names_incident=True
        ),
        NoticeKind.EMERGENCY_ACCESS_OPENED: _spec(
            "the unit that holds the incident and the level above it",
            *("access_id", "by_role", "by_unit_id", "code"),
            names_incident=True,
        ),
        NoticeKind.EMERGENCY_ACCESS_REVIEWED: _spec(
            "the unit of whoever opened it, where it was not justified", "access_id", "is_justified"
        ),
        NoticeKind.INFORMANT_OPENED: _spec(
            "the level above the unit that holds the intake; `code` is the intake's", "intake_id", "code"
        ),
        NoticeKind.INFORMANT_SEARCHED: _spec(
            "the level above whoever searched by a number; `code` is the search's", "search_id", "code", "found"
        ),
        NoticeKind.ACCOUNT_SEES_CASES: _spec(
            "the account's unit and the level above it", "user_id", "role", "act", "by"
        ),
        NoticeKind.ACCOUNT_ADMINISTERS: _spec(
            "the administrator's unit and the level above it", "user_id", "role", "act", "by"
        ),
        NoticeKind.CLIENT_SEES_CASES: _spec(
            "the client's unit and the level above it", "client_id", "scopes", "act", "by"
        ),
        NoticeKind.UNIT_CHANGED: _spec(
            "the unit, the level above it and, of a move, the new one", "unit_id", "change", "by"
        ),
        NoticeKind.SUBJECT_REQUEST_MISSED: _spec(
            "the unit that recorded it and the level above; `clock` is `answer` or `act`", "code", "request_id", "clock"
        ),
    }
)
