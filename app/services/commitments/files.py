"""Scans of signed sheets, witnessed lists and agreements, each with its hash."""

from typing import Any, ClassVar, TypeVar
from uuid import UUID

from app.core.problems import STALE
from app.models.commitments import agreements, classes
from app.models.commitments.agreements import AgreementFile, CommitmentAgreement
from app.models.commitments.classes import CommitmentClass, CommitmentFile
from app.models.stored_files import StoredFile
from app.repositories.commitments.agreements import AgreementFileRepository, AgreementRepository
from app.repositories.commitments.classes import CommitmentClassRepository, CommitmentFileRepository
from app.security.crypto.shredded import DESTROYED
from app.services.commitments.problems import FILES_FULL
from app.services.stored_files import FileColumns, Room, StoredFileService, Upload

F = TypeVar("F", bound=StoredFile)
Signed = TypeVar("Signed", CommitmentClass, CommitmentAgreement)


class ScanService(StoredFileService[F, Signed, Upload]):
    """The scans of what is signed: of a class, or of an agreement."""

    owners: ClassVar[type[Any]]
    """The repository of what is signed."""

    async def of_owner(self, key: UUID) -> list[F]:
        """The scans of a class or an agreement, in order of upload. Raises `not_found` (404)."""
        row = await self.owners(self.work.session).get(key)
        return list(await self.files.of_owner(row.id))

    async def open_owner(self, owner_id: UUID, upload: Upload) -> Signed:  # noqa: ARG002 — any file is taken
        """Raises `not_found` (404), `destroyed` (409)."""
        row: Signed = await self.owners(self.work.session).get(owner_id)
        if row.destroyed_at is not None:
            raise DESTROYED()
        return row

    async def lock_owner(self, owner: Signed) -> None:
        if await self.owners(self.work.session).for_update(owner.id) is None:
            raise STALE()

    def room(self) -> Room:
        settings = self.work.runtime.settings
        return Room(settings.files_per_commitment_class, settings.files_per_commitment_class_bytes, FILES_FULL)

    async def note_added(self, owner: Signed, file: F) -> None:
        """Nothing but the audit log: a scan moves no state."""

    async def destroy(self, file_id: UUID, reason: str) -> list[str]:
        """Destroy the keys of a mistaken scan and leave a tombstone; the objects to delete afterwards. Idempotent."""
        file = await self.get(file_id)
        if file.destroyed_at is not None:
            return []
        objects = self.entomb(file, reason)
        await self.work.flush()
        return objects


class CommitmentFileService(ScanService[CommitmentFile, CommitmentClass]):
    repository = CommitmentFileRepository
    owners = CommitmentClassRepository

    def new_row(self, owner: CommitmentClass, upload: Upload, columns: FileColumns) -> CommitmentFile:  # noqa: ARG002 — any file is taken
        return CommitmentFile(**classes.part_of(owner), **columns, cipher=owner.row_cipher)


class AgreementFileService(ScanService[AgreementFile, CommitmentAgreement]):
    repository = AgreementFileRepository
    owners = AgreementRepository

    def new_row(self, owner: CommitmentAgreement, upload: Upload, columns: FileColumns) -> AgreementFile:  # noqa: ARG002 — any file is taken
        return AgreementFile(**agreements.part_of(owner), **columns, cipher=owner.row_cipher)
