"""What acts on an intake write to the timeline of its incident."""

from app.models.cases.events import EventKind


class IntakeEvent(EventKind):
    FORWARDED = "forwarded"
