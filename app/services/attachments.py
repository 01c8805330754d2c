"""Attachments: encrypted evidence of an incident, read through short-lived links according to the tier."""

from collections.abc import Sequence
from uuid import UUID

from app.core.problems import Text, define
from app.core.scoping import Tier
from app.core.vocabulary import CopyState
from app.models.attachments import Attachment
from app.models.cases.events import EventKind
from app.models.cases.incidents import Incident, part_of
from app.models.notices.kinds import define_notice
from app.repositories.attachments import AttachmentRepository
from app.schemas.attachments import ATTACHMENT_FLOW
from app.schemas.proposals import GuardedAct
from app.schemas.stored_files import Variant
from app.services.cases.announcements import announce
from app.services.cases.decision_level import check_decided, is_grave, standing
from app.services.cases.incidents import IncidentService
from app.services.cases.problems import SEVERITY_NOT_ASSESSED
from app.services.platform.unit_of_work import UnitOfWork
from app.services.stored_files import FileColumns, Room, StoredFileService, Upload

ATTACHMENTS_FULL = define(
    "attachments_full",
    409,
    "Vụ việc đã đủ số tệp hoặc dung lượng đính kèm",
    "The incident has all the files, or bytes, that it may have",
)


EVIDENCE_DESTROYED = define_notice(
    "evidence_destroyed",
    "the level above the holder of a grave case (the holder where none works), and the holder where another unit acted",
    *("code", "attachment_id"),
    names_incident=True,
)


class AttachmentEvent(EventKind):
    """Kinds of timeline events of attachments."""

    ADDED = "attachment_added"
    DESTROYED = "attachment_destroyed"
    RELEASED = "attachment_released"
    WITHHELD = "attachment_withheld"


NOT_RELEASED = Text("Không cho xem bản gốc của ảnh, hay tệp đã hủy", "No original of a picture, nor a destroyed file")


class AttachmentService(StoredFileService[Attachment, Incident, Upload]):
    repository = AttachmentRepository

    def __init__(self, work: UnitOfWork) -> None:
        super().__init__(work)
        self.incidents = IncidentService(work)

    async def of_incident(self, incident: Incident) -> Sequence[Attachment]:
        return await self.files.of_owner(incident.id)

    async def tier(self, attachment: Attachment) -> Tier:
        return await self.incidents.tier(attachment, attachment.incident_id)

    def variants(self, attachment: Attachment, tier: Tier) -> list[Variant]:
        """The variants that a reader of `tier` may fetch.

        The original needs tier 3. Readers outside the scope get only the copy without metadata, or the original of a
        kind without such a copy after a leader of the holder released it.
        """
        if attachment.keys is None:
            return []
        has_copy = attachment.shared_object is not None
        is_released = attachment.released_at is not None
        own = self.work.scope.reads(Attachment).holds(attachment.org_path)
        shared: list[Variant] = ["shared"] if has_copy and tier >= Tier.CIRCUMSTANCES else []
        original: list[Variant] = ["original"] if tier >= Tier.IDENTITIES and (own or is_released) else []
        return shared + original

    async def readable_variants(self, file: Attachment) -> list[Variant]:
        return self.variants(file, await self.tier(file))

    async def destroy(self, attachment_id: UUID, reason: str, *, proposed_by: UUID | None = None) -> list[str]:
        """Destroy the keys of a file and leave a tombstone: no copy of its bytes is readable.

        Returns the objects to delete after the commit. Idempotent. Raises `severity_not_assessed` (409) where nobody
        knows yet whether the case is grave, `proposal_required` (409) for a grave one.
        """
        attachment = await self.get(attachment_id)
        self.work.check_writable(attachment)
        if attachment.destroyed_at is not None:
            return []
        incident = await self.incidents.get(attachment.incident_id)
        if (await standing(self.work, incident)).severity is None:
            raise SEVERITY_NOT_ASSESSED()
        await check_decided(self.work, incident, GuardedAct.DESTROY_EVIDENCE, proposed_by)
        objects = self.entomb(attachment, reason)
        await self._add_event(attachment, AttachmentEvent.DESTROYED, reason)
        if await is_grave(self.work, incident):
            await announce(self.work, incident, EVIDENCE_DESTROYED, {"attachment_id": str(attachment.id)})
        return objects

    async def release(self, attachment_id: UUID, reason: str) -> Attachment:
        """Release the original of a file of a kind without a metadata-free copy to the grantees of its case.

        Idempotent. Raises `wrong_state` (409) for a picture, with or without such a copy, and after destruction.
        """
        attachment = await self.get(attachment_id)
        self.work.check_writable(attachment)
        if attachment.keys is None or attachment.copy_state != CopyState.NOT_FOR_KIND:
            raise ATTACHMENT_FLOW.refusal("withheld" if attachment.keys else "destroyed", NOT_RELEASED)
        if attachment.released_at is None:
            attachment.released_at, attachment.released_by = self.work.now, self.work.actor_id
            attachment.released_because = reason
            await self._add_event(attachment, AttachmentEvent.RELEASED, reason)
        return attachment

    async def withhold(self, attachment_id: UUID) -> Attachment:
        """Revoke a release at once, existing links included. Idempotent."""
        attachment = await self.get(attachment_id)
        self.work.check_writable(attachment)
        if attachment.released_at is not None:
            attachment.released_at = attachment.released_by = attachment.released_because = None
            await self._add_event(attachment, AttachmentEvent.WITHHELD, None)
        return attachment

    async def _add_event(self, attachment: Attachment, kind: EventKind, reason: str | None) -> None:
        incident = await self.incidents.get(attachment.incident_id)
        self.incidents.add_event(incident, kind, {"attachment_id": str(attachment.id)}, reason)
        await self.work.flush()

    async def open_owner(self, owner_id: UUID, upload: Upload) -> Incident:  # noqa: ARG002 — all files alike
        incident = await self.incidents.writable(owner_id)
        await self.incidents.check_unmerged(incident)
        return incident

    async def lock_owner(self, owner: Incident) -> None:
        await self.incidents.incidents.lock(owner.id)

    def room(self) -> Room:
        settings = self.work.runtime.settings
        return Room(settings.attachments_per_incident, settings.attachments_per_incident_bytes, ATTACHMENTS_FULL)

    def new_row(self, owner: Incident, upload: Upload, columns: FileColumns) -> Attachment:  # noqa: ARG002 — all alike
        return Attachment(**part_of(owner), **columns)

    async def note_added(self, owner: Incident, file: Attachment) -> None:
        self.incidents.add_event(owner, AttachmentEvent.ADDED, {"attachment_id": str(file.id), "kind": file.kind})
