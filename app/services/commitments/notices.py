"""Notices of what the holders of slips do."""

from app.models.notices.kinds import define_notice

SLIP_GUESSED = define_notice(
    "commitment_slip_guessed",
    "the school; at every fifth wrong second thing of a slip, to be printed anew",
    "commitment_class_id",
    "code",
    "slip_id",
)
CALL_ASKED = define_notice(
    "commitment_call_asked",
    "the school; the holder of a slip asks it to call, at most once a day",
    "commitment_class_id",
    "code",
    "slip_id",
)
