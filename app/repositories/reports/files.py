"""Queries of the files of reports."""

from app.models.reports.files import ReportFile
from app.repositories.stored_files import StoredFileRepository


class ReportFileRepository(StoredFileRepository[ReportFile]):
    model = ReportFile
