"""A proposal on the case, which no grant opens."""

from app.core.ids import new_id
from app.models.proposals import Proposal
from tests.isolation.plot import Plot


def plant(plot: Plot) -> None:
    proposal = Proposal(
        **plot.sealed,
        act="dismiss",
        state="proposed",
        data={"word": plot.circumstances},
        reason=plot.circumstances,
        answer=plot.circumstances,
        proposed_at=plot.now,
        proposed_by=new_id(),
    )
    plot.add(proposal)
    plot.record("proposal_id", proposal.id, plot.is_in_line)
