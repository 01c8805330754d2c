"""Notices of shares and emergency accesses."""

from app.models.notices.kinds import define_notice

CASE_SHARED = define_notice(
    "case_shared",
    "the unit, or the person, that the incident was shared with, and up to which tier",
    "tier",
    names_incident=True,
)
EMERGENCY_ACCESS_OPENED = define_notice(
    "emergency_access_opened",
    "the unit that holds the incident and the level above it",
    *("access_id", "by_role", "by_unit_id", "code"),
    names_incident=True,
)
EMERGENCY_ACCESS_REVIEWED = define_notice(
    "emergency_access_reviewed",
    "the unit of whoever opened it, where it was not justified",
    "access_id",
    "is_justified",
)
