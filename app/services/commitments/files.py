"""Scans of signed sheets and witnessed lists: documents of a class, each with its hash."""

from uuid import UUID

from app.core.problems import STALE
from app.models.commitments.classes import CommitmentClass, CommitmentFile, part_of
from app.repositories.commitments.classes import CommitmentClassRepository, CommitmentFileRepository
from app.security.crypto.shredded import DESTROYED
from app.services.commitments.classes import CommitmentClassService
from app.services.commitments.problems import FILES_FULL
from app.services.stored_files import FileColumns, Room, StoredFileService, Upload


class CommitmentFileService(StoredFileService[CommitmentFile, CommitmentClass, Upload]):
    repository = CommitmentFileRepository

    async def of_class(self, key: UUID) -> list[CommitmentFile]:
        """The files of a class, in order of upload. Raises `not_found` (404)."""
        row = await CommitmentClassService(self.work).get(key)
        return list(await self.files.of_owner(row.id))

    async def open_owner(self, owner_id: UUID, upload: Upload) -> CommitmentClass:  # noqa: ARG002 — any file is taken
        """Raises `not_found` (404), `destroyed` (409)."""
        row = await CommitmentClassService(self.work).get(owner_id)
        if row.destroyed_at is not None:
            raise DESTROYED()
        return row

    async def lock_owner(self, owner: CommitmentClass) -> None:
        if await CommitmentClassRepository(self.work.session).for_update(owner.id) is None:
            raise STALE()

    def room(self) -> Room:
        settings = self.work.runtime.settings
        return Room(settings.files_per_commitment_class, settings.files_per_commitment_class_bytes, FILES_FULL)

    def new_row(self, owner: CommitmentClass, upload: Upload, columns: FileColumns) -> CommitmentFile:  # noqa: ARG002 — any file is taken
        return CommitmentFile(**part_of(owner), **columns, cipher=owner.row_cipher)

    async def note_added(self, owner: CommitmentClass, file: CommitmentFile) -> None:
        """Nothing but the audit log: a scan moves no state."""

    async def destroy(self, file_id: UUID, reason: str) -> list[str]:
        """Destroy the keys of a mistaken scan and leave a tombstone; the objects to delete afterwards. Idempotent."""
        file = await self.get(file_id)
        if file.destroyed_at is not None:
            return []
        objects = self.entomb(file, reason)
        await self.work.flush()
        return objects
