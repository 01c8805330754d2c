"""Notices of escalations."""

from app.models.notices.kinds import define_notice

ESCALATED = define_notice(
    "escalated",
    "the unit that holds the incident and the level it was put before",
    *("code", "clock", "late_when_recorded"),
    names_incident=True,
)
ENDED = define_notice(
    "incident_ended",
    "the level above the holder (the holder where none works), and the holder where another unit ended it: every"
    " dismissal, and the closing of a grave case or one of school violence",
    *("code", "state", "reason"),
    names_incident=True,
)
PLAN_SUBMITTED = define_notice(
    "plan_submitted",
    "the level above the holder (the holder where none works), and the holder where another unit submitted it",
    *("code", "case_id", "plan_id"),
    names_incident=True,
)
PLAN_DECIDED = define_notice(
    "plan_decided",
    "the holder of the case, or the level above where the holder decided; `state` is `approved` or `returned`",
    *("code", "case_id", "plan_id", "state"),
    names_incident=True,
)
CRITICAL = define_notice(
    "critical_severity",
    "the level above the holder (the holder where none works), and the holder where another unit assessed it",
    "code",
    names_incident=True,
)
SEVERITY_LOWERED = define_notice(
    "severity_lowered",
    "the level above the holder (the holder where none works), and the holder where another unit assessed it",
    *("code", "from", "to"),
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
CUSTODY_RETURNED = define_notice(
    "custody_returned", "the unit to which a case comes down again", "code", names_incident=True
)
