"""Kinds of timeline events of privacy."""

from app.models.cases.events import EventKind


class RetentionEvent(EventKind):
    HOLD_PLACED = "hold_placed"
    HOLD_LIFTED = "hold_lifted"
