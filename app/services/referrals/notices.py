"""Notices of referrals."""

from app.models.notices.kinds import define_notice

REFERRAL_MADE = define_notice(
    "referral_made",
    "the agency that it was made to; it opens with a grant from tier 2 on, and `code` is on the sheet",
    *("code", "referral_id"),
)
REFERRAL_UNANSWERED = define_notice(
    "referral_unanswered", "the unit that holds the incident; `code` is the referral's", "code", names_incident=True
)
