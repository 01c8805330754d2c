"""What referrals write to an incident's timeline, and what starts a partner's clock."""

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
    """What a clock rule of a referral starts on; the deadline lies on the referral itself."""

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
