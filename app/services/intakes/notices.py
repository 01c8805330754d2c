"""Notices of access to informants."""

from app.models.notices.kinds import define_notice

INFORMANT_OPENED = define_notice(
    "informant_opened", "the level above the unit that holds the intake; `code` is the intake's", "intake_id", "code"
)
INFORMANT_SEARCHED = define_notice(
    "informant_searched",
    "the level above whoever searched by a number; `code` is the search's",
    "search_id",
    "code",
    "found",
)
