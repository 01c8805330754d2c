"""Notices of data subjects' requests."""

from app.models.notices.kinds import define_notice

SUBJECT_REQUEST_MISSED = define_notice(
    "subject_request_missed",
    "the unit that recorded it and the level above; `clock` is `answer` or `act`",
    "code",
    "request_id",
    "clock",
)
