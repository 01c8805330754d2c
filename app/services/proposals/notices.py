"""Notices of proposals."""

from app.models.notices.kinds import define_notice

PROPOSED = define_notice(
    "decision_proposed",
    "the level above the holder, or the holder where none works: it decides",
    *("code", "act", "proposal_id"),
    names_incident=True,
)
PROPOSAL_DECIDED = define_notice(
    "proposal_decided",
    "the unit of its proposer; `state` is `approved` or `returned`",
    *("code", "act", "proposal_id", "state"),
    names_incident=True,
)
