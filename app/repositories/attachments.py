"""Queries of attachments."""

from app.models.attachments import Attachment
from app.repositories.stored_files import StoredFileRepository


class AttachmentRepository(StoredFileRepository[Attachment]):
    model = Attachment
