"""Attachments: encrypted evidence of an incident, read through short-lived links according to the tier."""

import hmac
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.core import time
from app.core.problems import NOT_FOUND, Text, define
from app.core.scoping import Tier
from app.core.vocabulary import CopyState
from app.integrations.files import StoredObject
from app.models.attachments import Attachment
from app.models.cases.events import EventKind
from app.models.cases.incidents import Incident, part_of
from app.models.notices.kinds import define_notice
from app.repositories.attachments import AttachmentRepository
from app.schemas.attachments import ATTACHMENT_FLOW, Variant
from app.schemas.proposals import GuardedAct
from app.security.crypto.links import LIFETIME_S, WATCHED_S, Link, Links
from app.security.crypto.streams import StreamKey
from app.security.files.contents import KINDS, Kind
from app.services.accounts.authenticator import Authenticator
from app.services.cases.announcements import announce
from app.services.cases.decision_level import check_decided, is_grave, standing
from app.services.cases.incidents import IncidentService
from app.services.cases.problems import SEVERITY_NOT_ASSESSED
from app.services.platform.attachment_ingest import Received, content_aad, store_problems
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.upload_places import CLOSE

OCTETS: Final = "application/octet-stream"
READABLE: Final = frozenset({CopyState.MADE, CopyState.NOT_FOR_KIND})
UPLOAD_GRACE: Final = timedelta(days=1)
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


@dataclass(frozen=True, slots=True)
class Content:
    """One variant of an attachment, ready for reading."""

    attachment_id: UUID
    variant: str
    kind: Kind
    stored: StoredObject
    aad: bytes
    is_readable: bool = True

    @property
    def content_type(self) -> str:
        """Of a picture that could not be decoded it is that of bytes: no reader's program tries where ours failed."""
        return self.kind.content_type if self.is_readable else OCTETS

    @property
    def size(self) -> int:
        return self.stored.size


NOT_RELEASED = Text("Không cho xem bản gốc của ảnh, hay tệp đã hủy", "No original of a picture, nor a destroyed file")


class AttachmentService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.attachments = AttachmentRepository(work.session)
        self.incidents = IncidentService(work)
        self._links = Links(work.runtime.ring.secret("attachment-links"))

    async def of_incident(self, incident: Incident) -> Sequence[Attachment]:
        return await self.attachments.of_incident(incident.id)

    async def get(self, attachment_id: UUID) -> Attachment:
        return await self.attachments.get(attachment_id)

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

    def sha256(self, attachment: Attachment) -> str | None:
        """The SHA-256 of the original in hexadecimal; None after destruction."""
        return attachment.keys["sha256"] if attachment.keys else None

    async def receive(
        self, incident_id: UUID, title: str | None, body: AsyncIterator[bytes], *, length: int
    ) -> tuple[Attachment, bool]:
        """The attachment, and whether it is new: the same file in the same incident is stored once.

        `length` is the declared Content-Length. Raises `attachments_full` (409) before the body is read, and what
        `Reception.receive` raises. A file that is not added is discarded.
        """
        reception = self.work.runtime.reception
        await self._check_before(incident_id, length)
        received = await reception.receive(self.work.actor.id, incident_id, body)
        try:
            await self._check_still_signed_in()
            attachment, is_new = await self._add(incident_id, title, received)
        except BaseException:
            await reception.discard(received.names)
            raise
        if not is_new:
            await reception.discard(received.names)
        return attachment, is_new

    async def _check_before(self, incident_id: UUID, size: int) -> None:
        """Check in a separate transaction, so that no connection is in use while the body is read."""
        work = self.work
        async with work.runtime.work(work.scope, work.actor, write=False) as before:
            service = AttachmentService(before)
            await service._check_room(await service._open_to_files(incident_id), size)

    async def _check_still_signed_in(self) -> None:
        """Check the session again: a large upload lasts minutes, and the caller may be signed out by then."""
        actor = self.work.actor
        await Authenticator(self.work.runtime).load_principal(actor.id, actor.sign_in_id, actor.epoch)

    async def _add(self, incident_id: UUID, title: str | None, received: Received) -> tuple[Attachment, bool]:
        """Add the row. The incident is read again, because it may have left the caller's scope during the upload."""
        self.work.now = time.utc_now()
        incident = await self._open_to_files(incident_id)
        await self.incidents.incidents.lock(incident.id)
        fingerprint = self._fingerprint(received)
        twin = await self.attachments.twin(incident.id, fingerprint)
        if twin is not None:
            return twin, False
        await self._check_room(incident, received.original.size)
        attachment = self._row(incident, title, received, fingerprint)
        self.attachments.add(attachment)
        data = {"attachment_id": str(attachment.id), "kind": attachment.kind}
        self.incidents.add_event(incident, AttachmentEvent.ADDED, data)
        await self.work.flush()
        return attachment, True

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
        attachment.destroyed_at, attachment.destroyed_by = self.work.now, self.work.actor_id
        attachment.destroyed_because = reason
        attachment.title = attachment.keys = attachment.fingerprint = None
        await self._add_event(attachment, AttachmentEvent.DESTROYED, reason)
        if await is_grave(self.work, incident):
            await announce(self.work, incident, EVIDENCE_DESTROYED, {"attachment_id": str(attachment.id)})
        return [name for name in (attachment.object_name, attachment.shared_object) if name is not None]

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

    async def link(self, attachment: Attachment, variant: Variant) -> tuple[str, Link]:
        """A token for one variant, and what it says. Raises `not_found` (404) beyond the caller's tier."""
        if variant not in self.variants(attachment, await self.tier(attachment)):
            raise NOT_FOUND()
        actor = self.work.actor
        expires_at = int(self.work.now.timestamp()) + LIFETIME_S
        goes_on_until = expires_at - LIFETIME_S + WATCHED_S if KINDS[attachment.kind].is_watched else expires_at
        who = (actor.id, actor.sign_in_id, actor.epoch)
        link = Link(attachment.id, variant, *who, expires_at, goes_on_until)
        return self._links.write(link), link

    async def content(self, attachment_id: UUID, variant: str) -> Content:
        """The content behind a link, by the caller's current scope and tier. Raises `not_found` (404)."""
        attachment = await self.get(attachment_id)
        if variant not in self.variants(attachment, await self.tier(attachment)):
            raise NOT_FOUND()
        if attachment.keys is None:
            raise NOT_FOUND()
        key = StreamKey.read(attachment.keys[variant])
        if variant == "shared" and attachment.shared_object is not None:
            kind, stored = KINDS["jpeg"], StoredObject(attachment.shared_object, key, attachment.shared_size or 0)
        else:
            kind, stored = KINDS[attachment.kind], StoredObject(attachment.object_name, key, attachment.size)
        aad = content_aad(attachment.id, attachment.incident_id, variant)
        return Content(attachment.id, variant, kind, stored, aad, attachment.copy_state in READABLE)

    async def sweep(self) -> int:
        """Delete objects older than a day without a row and return the count."""
        files, swept = self.work.runtime.files, 0
        async for names in files.names(self.work.now - UPLOAD_GRACE):
            for name in names - await self.attachments.referenced(names):
                await files.destroy(name)
                swept += 1
        return swept

    async def _open_to_files(self, incident_id: UUID) -> Incident:
        incident = await self.incidents.writable(incident_id)
        await self.incidents.check_unmerged(incident)
        return incident

    async def _check_room(self, incident: Incident, size: int) -> None:
        settings = self.work.runtime.settings
        number, used = await self.attachments.usage(incident.id)
        if number >= settings.attachments_per_incident or used + size > settings.attachments_per_incident_bytes:
            raise ATTACHMENTS_FULL(headers=CLOSE)

    def _row(self, incident: Incident, title: str | None, received: Received, fingerprint: str) -> Attachment:
        keys = {"sha256": received.sha256.hex(), "original": received.original.key.written()}
        if received.shared is not None:
            keys["shared"] = received.shared.key.written()
        return Attachment(
            id=received.id,
            **part_of(incident),
            kind=received.kind.name,
            title=title,
            size=received.original.size,
            object_name=received.original.name,
            shared_object=received.shared.name if received.shared else None,
            shared_size=received.shared.size if received.shared else None,
            copy_state=received.copy_state,
            keys=keys,
            fingerprint=fingerprint,
            created_at=self.work.now,
            created_by=self.work.actor_id,
        )

    def _fingerprint(self, received: Received) -> str:
        key = self.work.runtime.ring.secret("attachment-fingerprints")
        return hmac.digest(key, received.incident_id.bytes + received.sha256, "sha256").hex()


async def read(work: UnitOfWork, content: Content, start: int, stop: int) -> AsyncIterator[bytes]:
    """Bytes of a content. Uses no database, because the unit of work may have ended.

    Raises `unavailable` (503) if the store fails, TamperedError if the content was altered.
    """
    with store_problems():
        async for piece in work.runtime.files.read(content.stored, content.aad, start, stop):
            yield piece
