"""Kinds of timeline events of sharing."""

from app.models.cases.events import EventKind


class SharingEvent(EventKind):
    SHARED = "shared"
    EMERGENCY_ACCESS_OPENED = "emergency_access_opened"
    EMERGENCY_ACCESS_REVIEWED = "emergency_access_reviewed"
