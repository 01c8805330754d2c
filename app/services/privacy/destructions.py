"""Destruction of records, after their retention period or on a data subject's request."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.problems import Text
from app.models.cases.incidents import Incident
from app.models.privacy.retention import DestructionCertificate
from app.models.registry import retained_models
from app.models.sealed import EncryptedRow
from app.repositories.privacy.retention import (
    ENDED,
    DestructionCertificateRepository,
    RetentionRepository,
)
from app.repositories.privacy.shredding import ShreddingRepository
from app.schemas.cases.flows import INCIDENT_FLOW
from app.security.access.elevation import ElevationReason
from app.security.crypto.shred_ledger import Shred
from app.security.crypto.shredded import DESTROYED
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.problems import HELD
from app.services.privacy.retention import Due, RetentionService
from app.services.privacy.shredding import ShreddingService, order

BATCH = 25
SCHEDULE, REQUEST = "schedule", "subject_request"
NOT_OVER = Text(
    "Vụ việc, hoặc vụ việc được gộp vào, chưa kết thúc", "The incident, or the survivor of its merge, is open"
)


class DestructionService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.shredding = ShreddingRepository(work.session)
        self.retention = RetentionRepository(work.session)
        self.certificates = DestructionCertificateRepository(work.session)

    async def page(self, page: PageRequest) -> Page[DestructionCertificate]:
        return await self.certificates.page(
            self.certificates.listed(self.work.scope.reads(DestructionCertificate)), page
        )

    async def get(self, certificate_id: UUID) -> DestructionCertificate:
        return await self.certificates.get(certificate_id)

    async def destroy_due(self) -> int:
        """Destroy one batch of due records with a decided period and no legal hold; return the count. For the worker.

        One batch per job, because its transaction locks the job: two destructions at once would conflict in the
        ledger.
        """
        service = ShreddingService(self.work)
        if not await service.agrees():
            await service.replay()
        due = await RetentionService(self.work).ready(PageRequest(BATCH, None))
        groups = defaultdict[tuple[UUID, str], list[Due]](list)
        for record in due:
            groups[record.unit_id, record.class_code].append(record)
        counts = [await self._destroy_by_schedule(*group, records) for group, records in groups.items()]
        return sum(counts)

    async def erase(self, incident_id: UUID, request_id: UUID, decision: str) -> DestructionCertificate:
        """Destroy one case on a data subject's request.

        Raises `wrong_state` (409) for an open case or one merged into an open case, `held` (409) under a legal hold,
        `minimum_retention` (409) within the period set by law, `destroyed` (409) for a destroyed case.
        """
        decided_by = self.work.actor.id
        async with self.work.elevated(ElevationReason.RETENTION):
            service = ShreddingService(self.work)
            if not await service.agrees():
                await service.replay()
            incident = await self.shredding.lock(incident_id)
            if incident is None or incident.destroyed_at is not None:
                raise DESTROYED()
            if not await self._is_event_over(incident):
                raise INCIDENT_FLOW.refusal(incident.state, NOT_OVER)
            if await self.retention.held([incident_id], self.work.today):
                raise HELD()
            class_code = await RetentionService(self.work).check_minimum(incident)
            shreds = await self.shredding.keys_of("incident", incident_id)
            ordered = order(self.work, incident.holder_id, class_code, REQUEST, request_id)
            certificate = await service.shred(ordered, shreds, decision, decided_by)
            self.work.audit_action("destroyed", incident_id)
        return certificate

    async def _is_event_over(self, incident: Incident) -> bool:
        """Whether the case and the survivor of its merge have ended: the intakes are evidence in both."""
        standing = await self.shredding.lock(incident.event_id) if incident.event_id else incident
        return all(case is None or case.state in ENDED.values() for case in (incident, standing))

    async def _destroy_by_schedule(self, unit_id: UUID, class_code: str, records: Sequence[Due]) -> int:
        if not issubclass(retained_models()[records[0].covers], EncryptedRow):
            return await self._delete(records)
        shreds: dict[UUID, Shred] = {}
        count = 0
        for record in records:
            if await self._is_still_due(record):
                shreds |= {shred.key_id: shred for shred in await self.shredding.keys_of(record.covers, record.id)}
                self.work.audit_action("destroyed", record.id)
                count += 1
        if shreds:
            ordered = order(self.work, unit_id, class_code, SCHEDULE)
            await ShreddingService(self.work).shred(ordered, list(shreds.values()), records[0].decision, None)
        return count

    async def _delete(self, records: Sequence[Due]) -> int:
        """Records without a key have no words of a person; the audit trail names them."""
        await self.shredding.delete(records[0].covers, [record.id for record in records])
        for record in records:
            self.work.audit_action("destroyed", record.id)
        return len(records)

    async def _is_still_due(self, record: Due) -> bool:
        """Check again under a lock, because a hold or a reopening may have come meanwhile."""
        if record.incident_id is None:
            return True
        incident: Incident | None = await self.shredding.lock(record.incident_id)
        counts_from_incident = retained_models()[record.covers].__retained__.began is None
        if counts_from_incident and (incident is None or incident.state not in ENDED.values()):
            return False
        return not await self.retention.held([record.incident_id], self.work.today)


async def destroy_due(work: UnitOfWork) -> None:
    await DestructionService(work).destroy_due()
