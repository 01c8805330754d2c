"""The record of an export of the holder."""

from app.core.ids import case_code
from app.models.exports import Export
from tests.isolation.operations.exports import EXPORTERS
from tests.isolation.plot import Plot
from tests.isolation.rule import Actor


def plant(plot: Plot) -> None:
    # Every tier of the number itself is another area's.
    word = f"zq8{plot.number:05d}t7zq"

    def reads(actor: Actor) -> bool:
        return actor.role in EXPORTERS and actor.unit == plot.case.holder

    plot.readers[word] = reads
    export = Export(
        org_path=plot.path,
        unit_id=plot.holder,
        code=case_code(plot.now.year),
        exported="classes",
        format="csv",
        rows=1,
        reason=word,
        cipher=plot.work.new_cipher(),
        exported_at=plot.now,
        exported_by=plot.bystander,
        by_role="school_head",
    )
    plot.add(export)
    plot.record("export_id", export.id, reads)
