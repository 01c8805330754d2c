"""An acting signer of the unit that holds the case, withdrawn again."""

from datetime import date

from app.core.ids import new_id
from app.models.reports.acting_signers import ActingSigner
from tests.isolation.plot import Plot
from tests.isolation.rule import REPORT_READERS, Actor


def plant(plot: Plot) -> None:
    def reads(actor: Actor) -> bool:
        return actor.role in REPORT_READERS and plot.is_in_line(actor)

    signer = ActingSigner(
        unit_id=plot.holder,
        org_path=plot.path,
        user_id=new_id(),
        mode="kt",
        valid_from=date(2020, 1, 1),
        valid_to=date(2020, 2, 1),
        decision_number=f"zq{plot.number:06d}t6zq",
        named_at=plot.now,
        named_by=new_id(),
        withdrawn_at=plot.now,
    )
    plot.add(signer)
    plot.readers[signer.decision_number] = reads
    plot.record("signer_id", signer.id, reads)
