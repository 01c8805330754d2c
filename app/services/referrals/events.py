"""Kinds of timeline events of referrals, and the events that start a partner's deadline."""

from enum import StrEnum

from app.models.cases.events import EventKind


class ReferralEvent(EventKind):
    OUT = "referred_out"
    IN = "referred_in"
    # Steps of the referral's flow.
    ACKNOWLEDGE = "referral_acknowledge"
    RECORD_OUTCOME = "referral_record_outcome"
    RECORD_FEEDBACK = "referral_record_feedback"
    CLOSE = "referral_close"
    WITHDRAW = "referral_withdraw"


class ReferralStart(StrEnum):
    """The start event of a clock rule for referrals; the deadline is a column of the referral."""

    TO_HOTLINE = "referral_to_hotline"
    TO_AGENCY = "referral_to_agency"


BY_DIRECTION = {"out": ReferralEvent.OUT, "in": ReferralEvent.IN}
BY_ACTION = {
    "acknowledge": ReferralEvent.ACKNOWLEDGE,
    "record_outcome": ReferralEvent.RECORD_OUTCOME,
    "record_feedback": ReferralEvent.RECORD_FEEDBACK,
    "close": ReferralEvent.CLOSE,
    "withdraw": ReferralEvent.WITHDRAW,
}
