"""Kinds of timeline events of proposals."""

from app.models.cases.events import EventKind


class ProposalEvent(EventKind):
    PROPOSED = "proposed"
    APPROVED = "proposal_approved"
    RETURNED = "proposal_returned"
    WITHDRAWN = "proposal_withdrawn"
