"""Agreements of the holder in the planted campaign: of its staff, refused, with an entry and a scan."""

from datetime import date

from app.core.ids import case_code, new_id
from app.models.commitments.agreements import (
    AgreementEntry,
    AgreementFile,
    AgreementObligation,
    CommitmentAgreement,
    part_of,
)
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.templates import CommitmentTemplate
from tests.factories.commitments import DOCUMENT
from tests.isolation.plot import Plot
from tests.isolation.rule import has_agreements

FIRST = date(2024, 9, 5)
# The digits of the words of a case, and of its class, are used up.
OWN = 600_000
# No school of the estate has it.
LEVEL = "nursery"


def plant(plot: Plot) -> None:
    """After the campaign, which they name, and the registry, whose member of staff is asked."""
    template = CommitmentTemplate(
        code=f"t{new_id().hex[-12:]}",
        number=1,
        title_vi="Mẫu thử",
        levels=[LEVEL],
        parties=["teacher", "principal"],
        document={**DOCUMENT, "levels": [LEVEL], "parties": ["teacher", "principal"]},
        digest=new_id().hex,
        created_at=plot.now,
        published_at=plot.now,
    )
    row = CommitmentAgreement(
        unit_id=plot.holder,
        org_path=plot.path,
        code=case_code(2024),
        campaign_id=plot.case.ids["campaign_id"],
        kind="teacher_principal",
        template_id=template.id,
        opened_at=plot.now,
        opened_by=plot.bystander,
        cipher=plot.work.new_cipher(),
    )
    campaign = next(each for each in plot.work.session.new if isinstance(each, CommitmentCampaign))
    campaign.template_ids = [*campaign.template_ids, str(template.id)]
    plot.add(template, row)
    plot.record("agreement_id", row.id, lambda actor: has_agreements(actor, plot.case))
    reason, scan = (f"zq{OWN + plot.number:06d}t{at}zq" for at in (1, 2))
    plot.readers[reason] = lambda actor: actor.role == "school_head" and has_agreements(actor, plot.case)
    plot.readers[scan] = lambda actor: has_agreements(actor, plot.case)
    obligation = AgreementObligation(
        **part_of(row),
        staff_id=plot.case.ids["staff_id"],
        state="refused",
        state_at=plot.now,
        made_at=plot.now,
        cipher=row.row_cipher,
    )
    entry = AgreementEntry(
        **part_of(row),
        obligation_id=obligation.id,
        state="refused",
        way="paper",
        template_id=template.id,
        signed_on=FIRST,
        reason=reason,
        recorded_at=plot.now,
        recorded_by=plot.bystander,
        cipher=row.row_cipher,
    )
    key = new_id()
    file = AgreementFile(
        **part_of(row),
        id=key,
        kind="text",
        size=1,
        copy_state="not_for_kind",
        object_name=key.hex,
        created_at=plot.now,
        title=scan,
        keys={"sha256": scan, "original": "0"},
        cipher=row.row_cipher,
    )
    plot.add(obligation, entry, file)
    plot.record("agreement_file_id", file.id, plot.readers[scan])
