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
TRANSFER_TO_CONFIRM = define_notice(
    "learner_transfer_to_confirm",
    "the unit that has the record of a learner who seems to have moved; the department for a protected child",
    *("transfer_id", "code"),
)
TRANSFER_ANSWERED = define_notice(
    "learner_transfer_answered",
    "the unit to which a learner came; it was confirmed, or was not in time",
    *("transfer_id", "code"),
)
PROTECTION_SET = define_notice("learner_protection_set", "the head of the unit that has the record", "learner_id")
PROTECTION_ENDED = define_notice("learner_protection_ended", "the head of the unit that has the record", "learner_id")
