"""Notices of access to informants, and of forwarded intakes."""

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
INTAKE_FORWARDED = define_notice(
    "intake_forwarded",
    "the unit that receives a forwarded intake, the level above it and that above the former holder",
    "intake_id",
    "code",
)
INTAKES_SET_ASIDE = define_notice(
    "intakes_set_aside",
    "the level above the unit `unit_id` that set intakes aside; how many, at most once a day",
    "unit_id",
    "set_aside",
)
