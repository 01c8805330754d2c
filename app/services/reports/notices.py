"""Notices of reports. None has a figure or a text."""

from app.models.notices.kinds import define_notice

REPORT_SUBMITTED = define_notice(
    "report_submitted", "the unit that reviews it", *("code", "report_id", "version", "unit_id")
)
REPORT_RETURNED = define_notice(
    "report_returned",
    "the unit that submitted it; `items` is how many items",
    *("code", "report_id", "version", "items"),
)
REPORT_ACCEPTED = define_notice("report_accepted", "the unit that submitted it", *("code", "report_id", "version"))
REPORT_LOCKED = define_notice("report_locked", "the unit that submitted it", *("code", "report_id"))
REPORT_UNLOCK_REQUESTED = define_notice(
    "report_unlock_requested", "the unit that reviews it, and the one that locks", *("code", "report_id", "unit_id")
)
REPORT_UNLOCKED = define_notice("report_unlocked", "the unit that submitted it", *("code", "report_id"))
DIGEST = ("due", "overdue", "returned", "below_overdue", "next_due_on")
REPORT_DUE = define_notice(
    "report_due", "the unit that owes reports, or reports for another one; once a day at most", *DIGEST
)
REPORT_OVERDUE = define_notice(
    "report_overdue",
    "the same unit, once a report is past its due day, and the unit above of how many below are; once a day at most",
    *DIGEST,
)
REPORT_EXTENDED = define_notice("report_extended", "the unit whose due day was extended", "report_id", "due_on")
URGENT_REPORT_SUBMITTED = define_notice(
    "urgent_report_submitted", "the unit above the one that holds the case", *("code", "version"), names_incident=True
)
