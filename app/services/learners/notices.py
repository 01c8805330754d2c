"""Notices of the registry."""

from app.models.notices.kinds import define_notice

LEARNER_LOOKED_UP = define_notice(
    "learner_looked_up",
    "the unit that has the record; `code` is the look-up's, `by_unit_id` the unit above that asked",
    *("learner_id", "code", "by_unit_id"),
)
PROTECTED_LOOKED_UP = define_notice(
    "protected_learner_looked_up",
    "the department; the look-up found nothing, `code` is its code, `by_unit_id` the unit that asked",
    *("learner_id", "code", "by_unit_id"),
)
PROTECTION_SET = define_notice("learner_protection_set", "the head of the unit that has the record", "learner_id")
PROTECTION_ENDED = define_notice("learner_protection_ended", "the head of the unit that has the record", "learner_id")
