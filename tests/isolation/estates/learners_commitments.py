"""A campaign of the holder with the planted class of the registry: obligations, an entry, counters and a scan."""

from datetime import date
from typing import Any

from app.core.ids import case_code, new_id
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import (
    CommitmentClass,
    CommitmentCount,
    CommitmentEntry,
    CommitmentFile,
    CommitmentObligation,
    part_of,
)
from app.models.commitments.editions import CommitmentEdition
from app.models.commitments.reminders import CommitmentReminder
from app.models.commitments.slips import CommitmentSlip
from app.models.commitments.templates import CommitmentTemplate
from tests.factories.commitments import DOCUMENT
from tests.isolation.plot import Plot
from tests.isolation.rule import is_announced, is_signed_with

# No unit of the estate has a class in it.
YEAR = "2023-2024"
FIRST = date(2024, 9, 5)
# The digits of the words of a case are used up.
OWN = 500_000


def plant(plot: Plot) -> None:
    """After the registry, whose class and learner they name."""
    template, campaign = _announced(plot)
    row = CommitmentClass(
        unit_id=plot.holder,
        org_path=plot.path,
        code=case_code(2024),
        campaign_id=campaign.id,
        class_id=plot.case.ids["class_id"],
        template_id=template.id,
        opened_at=plot.now,
        opened_by=plot.bystander,
        cipher=plot.work.new_cipher(),
    )
    edition = CommitmentEdition(
        campaign_id=campaign.id,
        unit_id=plot.holder,
        org_path=plot.path,
        school_year=YEAR,
        day=FIRST,
        made_at=plot.now,
        classes=1,
        pupil_owed=1,
        guardian_owed=1,
    )
    plot.add(template, campaign, row, edition)
    plot.record("campaign_id", campaign.id, lambda actor: is_announced(actor, plot.case))
    plot.record("commitment_class_id", row.id, lambda actor: is_signed_with(actor, plot.case))
    _plant_obligations(plot, row, template)
    _plant_scan(plot, row)
    _plant_reminder(plot, campaign)


def _announced(plot: Plot) -> tuple[CommitmentTemplate, CommitmentCampaign]:
    template = CommitmentTemplate(
        code=f"t{new_id().hex[-12:]}",
        number=1,
        title_vi="Mẫu thử",
        levels=["primary"],
        parties=["pupil", "guardian"],
        document={**DOCUMENT, "levels": ["primary"]},
        digest=new_id().hex,
        created_at=plot.now,
        published_at=plot.now,
    )
    campaign = CommitmentCampaign(
        unit_id=plot.holder,
        code=case_code(2024),
        school_year=YEAR,
        title_vi="Đợt thử",
        template_ids=[str(template.id)],
        opens_on=FIRST,
        closes_on=FIRST,
        created_at=plot.now,
        created_by=plot.bystander,
    )
    return template, campaign


def _plant_obligations(plot: Plot, row: CommitmentClass, template: CommitmentTemplate) -> None:
    word = f"zq{OWN + plot.number:06d}t1zq"
    knowing = {"school_head", "homeroom_teacher"}
    plot.readers[word] = lambda actor: actor.role in knowing and is_signed_with(actor, plot.case)
    for party, state in (("pupil", "pending"), ("guardian", "refused")):
        columns: dict[str, Any] = {**part_of(row), "campaign_id": row.campaign_id, "party": party}
        obligation = CommitmentObligation(
            **columns, learner_id=plot.case.ids["learner_id"], state=state, state_at=plot.now, cipher=row.row_cipher
        )
        settled = int(state == "refused")
        plot.add(obligation, CommitmentCount(**columns, owed=1, settled=settled))
    entry = CommitmentEntry(
        **part_of(row),
        obligation_id=obligation.id,
        state=state,
        way="class_sheet",
        template_id=template.id,
        signed_on=FIRST,
        reason=word,
        recorded_at=plot.now,
        recorded_by=plot.bystander,
        cipher=row.row_cipher,
    )
    plot.add(entry)
    _plant_slip(plot, row, obligation)


def _plant_slip(plot: Plot, row: CommitmentClass, obligation: CommitmentObligation) -> None:
    slip = CommitmentSlip(
        **part_of(row),
        obligation_id=obligation.id,
        guardian_id=plot.case.ids["guardian_id"],
        code_digest=new_id().hex,
        issued_at=plot.now,
        issued_by=plot.bystander,
        expires_on=date(2099, 1, 1),
        cipher=row.row_cipher,
    )
    plot.add(slip)
    plot.record("commitment_slip_id", slip.id, lambda actor: is_signed_with(actor, plot.case))


def _plant_scan(plot: Plot, row: CommitmentClass) -> None:
    word = f"zq{OWN + plot.number:06d}t2zq"
    plot.readers[word] = lambda actor: is_signed_with(actor, plot.case)
    key = new_id()
    file = CommitmentFile(
        **part_of(row),
        id=key,
        kind="text",
        size=1,
        copy_state="not_for_kind",
        object_name=key.hex,
        created_at=plot.now,
        title=word,
        keys={"sha256": word, "original": "0"},
        cipher=row.row_cipher,
    )
    plot.add(file)
    plot.record("commitment_file_id", file.id, plot.readers[word])


def _plant_reminder(plot: Plot, campaign: CommitmentCampaign) -> None:
    """Of a day long past: no sender fetches it."""
    plot.add(
        CommitmentReminder(
            unit_id=plot.holder,
            org_path=plot.path,
            campaign_id=campaign.id,
            guardian_id=plot.case.ids["guardian_id"],
            guardian_key=new_id().hex,
            day=FIRST,
            channel="sms",
        )
    )
