"""Agreements of the demonstration, half-way: of one school with the police, and of some of its teachers with it."""

from uuid import UUID

from app.core.paging import PageRequest
from app.models.commitments.agreements import AgreementFilter, CommitmentAgreement
from app.schemas.commitments.agreements import AgreementSignatureIn, AgreementSignaturesIn, PartnerSignerIn
from app.schemas.learners.staff import PostIn, StaffMemberIn
from app.services.commitments.agreements import AgreementService
from app.services.learners.staff import StaffService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.school_years.school_years import SchoolYearService

FIRST = PageRequest(50, None)
# Of the surname of everybody invented; the first ones sign.
TEACHERS = ("Lê Thị Minh Họa Một", "Phạm Văn Minh Họa Hai", "Võ Thị Minh Họa Ba", "Đặng Văn Minh Họa Bốn")
SIGNED = 3
SIGNER = PartnerSignerIn(name="Trần Văn Minh Họa", title="Trưởng Công an xã (minh họa)")


async def hire(work: UnitOfWork) -> None:
    """Teachers beside the homeroom teacher, in office before the school adopts a campaign."""
    year = (await SchoolYearService(work).on(work.today)).year
    post = PostIn(post="teacher", valid_from=min(year.starts_on, work.today))
    for name in TEACHERS:
        await StaffService(work).create(StaffMemberIn(full_name=name, posts=[post]))


async def sign(work: UnitOfWork, campaign_id: UUID) -> None:
    """The agreement with the police, and the first teachers with the head; the others wait."""
    service = AgreementService(work)
    found = await service.page(FIRST, AgreementFilter(campaign_id))
    mine = {row.kind: row for row in found.items if row.unit_id == work.actor.unit_id}
    await _record(work, mine["school_police"], [None], "01/QCPH-MH", SIGNER)
    asked = [each.obligation.staff_id for each in await service.screen(mine["teacher_principal"])]
    await _record(work, mine["teacher_principal"], asked[:SIGNED])


async def _record(
    work: UnitOfWork,
    row: CommitmentAgreement,
    staff_ids: list[UUID | None],
    number: str | None = None,
    signer: PartnerSignerIn | None = None,
) -> None:
    rows = [AgreementSignatureIn(staff_id=each, state="signed") for each in staff_ids]
    data = AgreementSignaturesIn(way="paper", signed_on=work.today, number=number, partner_signer=signer, rows=rows)
    await AgreementService(work).record(row.id, data)
