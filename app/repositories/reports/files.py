"""Queries of the files of reports."""

from uuid import UUID

from sqlalchemy import select

from app.models.reports.files import ReportFile
from app.repositories.stored_files import StoredFileRepository


class ReportFileRepository(StoredFileRepository[ReportFile]):
    model = ReportFile

    async def has_issued(self, version_id: UUID) -> bool:
        """Whether a scan or signed file of what was issued is bound to the version."""
        bound = select(ReportFile.id).where(ReportFile.version_id == version_id, ReportFile.purpose == "issued")
        return await self.exists(bound.where(ReportFile.destroyed_at.is_(None)))
