"""Scans of signed agreements: documents of an agreement, each with its hash."""

from uuid import UUID

from app.core.problems import STALE
from app.models.commitments.agreements import AgreementFile, CommitmentAgreement, part_of
from app.repositories.commitments.agreements import AgreementFileRepository, AgreementRepository
from app.security.crypto.shredded import DESTROYED
from app.services.commitments.agreements import AgreementService
from app.services.commitments.problems import FILES_FULL
from app.services.stored_files import FileColumns, Room, StoredFileService, Upload


class AgreementFileService(StoredFileService[AgreementFile, CommitmentAgreement, Upload]):
    repository = AgreementFileRepository

    async def of_agreement(self, key: UUID) -> list[AgreementFile]:
        """The files of an agreement, in order of upload. Raises `not_found` (404)."""
        row = await AgreementService(self.work).get(key)
        return list(await self.files.of_owner(row.id))

    async def open_owner(self, owner_id: UUID, upload: Upload) -> CommitmentAgreement:  # noqa: ARG002 — any file is taken
        """Raises `not_found` (404), `destroyed` (409)."""
        row = await AgreementService(self.work).get(owner_id)
        if row.destroyed_at is not None:
            raise DESTROYED()
        return row

    async def lock_owner(self, owner: CommitmentAgreement) -> None:
        if await AgreementRepository(self.work.session).for_update(owner.id) is None:
            raise STALE()

    def room(self) -> Room:
        settings = self.work.runtime.settings
        return Room(settings.files_per_commitment_class, settings.files_per_commitment_class_bytes, FILES_FULL)

    def new_row(self, owner: CommitmentAgreement, upload: Upload, columns: FileColumns) -> AgreementFile:  # noqa: ARG002 — any file is taken
        return AgreementFile(**part_of(owner), **columns, cipher=owner.row_cipher)

    async def note_added(self, owner: CommitmentAgreement, file: AgreementFile) -> None:
        """Nothing but the audit log: a scan moves no state."""

    async def destroy(self, file_id: UUID, reason: str) -> list[str]:
        """Destroy the keys of a mistaken scan and leave a tombstone; the objects to delete afterwards. Idempotent."""
        file = await self.get(file_id)
        if file.destroyed_at is not None:
            return []
        objects = self.entomb(file, reason)
        await self.work.flush()
        return objects
