"""Notices of escalations."""

from app.models.notices.kinds import define_notice

ESCALATED = define_notice(
    "escalated",
    "the unit that holds the incident and the level it was put before",
    *("code", "clock", "late_when_recorded"),
    names_incident=True,
)
ESCALATION_ANSWERED = define_notice(
    "escalation_answered", "the unit that holds the incident", "code", names_incident=True
)
EXEMPTION_ASKED = define_notice(
    "exemption_asked",
    "the level above, which decides on an exemption from a duty to notify; the holder where none works above",
    "code",
    "clock",
    names_incident=True,
)
EXEMPTION_DECIDED = define_notice(
    "exemption_decided", "the unit that holds the incident", "code", "clock", names_incident=True
)
