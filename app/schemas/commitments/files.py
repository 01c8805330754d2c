"""Scans of signed sheets over the wire."""

from uuid import UUID

from app.schemas.stored_files import StoredFileOut


class CommitmentFileOut(StoredFileOut):
    commitment_class_id: UUID
