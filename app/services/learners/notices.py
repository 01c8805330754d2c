"""Notices of the registry."""

from app.models.notices.kinds import define_notice

LEARNER_LOOKED_UP = define_notice(
    "learner_looked_up",
    "the unit that has the record; `code` is the look-up's, `by_unit_id` the unit above that asked",
    *("learner_id", "code", "by_unit_id"),
)
