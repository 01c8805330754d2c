"""Notices of data subjects' requests."""

from app.models.notices.kinds import define_notice

SUBJECT_REQUEST_MISSED = define_notice(
    "subject_request_missed",
    "the unit that recorded it and the level above; `clock` is `answer` or `act`",
    "code",
    "request_id",
    "clock",
)
CASE_ERASED = define_notice(
    "case_erased",
    "the level above the holder of the erased case (the holder where none works), and the holder where another unit"
    " decided it",
    *("code", "request_id"),
    names_incident=True,
)
