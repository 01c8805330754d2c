"""Files of a report: evidence for its items, and the scan or signed file of what was issued."""

from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import follows
from app.models.declarations import PartOf
from app.models.reports.reports import by_reporter
from app.models.stored_files import StoredFile, owned_by


class ReportFile(StoredFile, kw_only=True):
    """Evidence is added to a draft, for one item, and stays with the versions after it.

    What was issued is added to a submitted version, bound to it by its number and digest.
    """

    __tablename__ = "report_file"
    __access_class__ = AccessClass.REPORT
    __belongs_to__ = (PartOf("report", "report_id"),)
    __opened_by__ = by_reporter("report_id")
    __table_args__ = (
        *owned_by("report", "report_id"),
        follows("report_version", "version_id"),
        CheckConstraint("purpose IN ('evidence', 'issued')", name="purpose"),
        CheckConstraint("(purpose = 'evidence') = (item IS NOT NULL)", name="item"),
        CheckConstraint("(purpose = 'issued') = (version_digest IS NOT NULL)", name="issued"),
    )

    report_id: Mapped[UUID]
    version_id: Mapped[UUID]
    # Of the version.
    number: Mapped[int]
    version_digest: Mapped[str | None] = mapped_column(String(64), default=None)
    purpose: Mapped[str] = mapped_column(String(8))
    item: Mapped[str | None] = mapped_column(String(40), default=None)
