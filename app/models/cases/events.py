"""The kinds of timeline events. Clock rules refer to them, so they are an enumeration and not free text."""

from enum import StrEnum


class EventKind(StrEnum):
    """Base of each area's kinds of timeline events; an area lists its kinds in `setup.events`."""


class CaseEvent(EventKind):
    OPENED = "opened"
    INTAKE_LINKED = "intake_linked"
    CHANGED = "changed"
    SEVERITY_JUDGED = "severity_judged"
    # Steps of the incident's state machine, by action.
    ACKNOWLEDGE = "acknowledge"
    ASSESS = "assess"
    INTERVENE = "intervene"
    MONITOR = "monitor"
    CLOSE = "close"
    DISMISS = "dismiss"
    REOPEN = "reopen"
    # Acts outside the system: the codes of the list `incident_act`.
    FAMILY_NOTIFIED = "family_notified"
    PROTECTION_NOTIFIED = "protection_notified"
    EMERGENCY_MEASURES_TAKEN = "emergency_measures_taken"
    RECURRENCE_CHECKED_30 = "recurrence_checked_30"
    RECURRENCE_CHECKED_90 = "recurrence_checked_90"
    PERSON_ADDED = "person_added"
    PERSON_CHANGED = "person_changed"
    # By a change of the holder, a victim no longer requires a case.
    VICTIM_RULED_OUT = "victim_ruled_out"
    RAISED_ABOVE_ACCUSED = "raised_above_accused"
    FINDING_RECORDED = "finding_recorded"
    CUSTODY_RETURNED = "custody_returned"
    SHARE_REVOKED = "share_revoked"
    ESCALATED = "escalated"
    ESCALATION_ANSWERED = "escalation_answered"
    EXEMPTION_ASKED = "exemption_asked"
    EXEMPTION_CONFIRMED = "exemption_confirmed"
    EXEMPTION_REJECTED = "exemption_rejected"
    CASE_OPENED = "case_opened"
    CASE_ASSESSED = "case_assessed"
    CASE_CLOSED = "case_closed"
    CASE_REOPENED = "case_reopened"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_APPROVED = "plan_approved"
    PLAN_RETURNED = "plan_returned"
    PLAN_STEP_CHANGED = "plan_step_changed"
    PLAN_REVIEWED = "plan_reviewed"
    REVIEWS_ENDED = "reviews_ended"
    DISCIPLINE_RECORDED = "discipline_recorded"
    DISCIPLINE_WITHDRAWN = "discipline_withdrawn"
    COMMITMENT_MADE = "commitment_made"
    COMMITMENT_ANSWERED = "commitment_answered"
    COMMITMENT_ENDED = "commitment_ended"
    COMMITMENT_WITHDRAWN = "commitment_withdrawn"
