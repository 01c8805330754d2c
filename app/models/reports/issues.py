"""What is issued of a report: its number in the clerk's register, and what the form for the public hides."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.scoping import AccessClass
from app.models.base import Base, Identified, JsonValue, Scoped, follows, partial_index
from app.models.declarations import About, PartOf
from app.models.reports.reports import by_reporter
from app.models.sealed import EncryptedField, EncryptedRow

IN_FORCE: Final = text("corrected_at IS NULL")
NUMBERED: Final = text("uses_number")


class ReportIssuance(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """Number and symbol of one version in the register of documents that `unit_id` issues in a calendar year.

    A corrected entry stays, and so does its number; where the correction has the same one, that uses it.
    """

    __tablename__ = "report_issuance"
    __access_class__ = AccessClass.REPORT
    __belongs_to__ = (PartOf("report", "report_id"),)
    __opened_by__ = by_reporter("report_id")
    __table_args__ = (
        follows("report", "report_id"),
        follows("report_version", "version_id"),
        partial_index("uq_report_issuance_number", *("unit_id", "year", "number"), where=NUMBERED, unique=True),
        partial_index("uq_report_issuance_in_force", "version_id", where=IN_FORCE, unique=True),
        CheckConstraint("number > 0", name="number"),
        Index(None, "report_id", "org_path"),
    )

    report_id: Mapped[UUID]
    version_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    year: Mapped[int]
    number: Mapped[int]
    symbol: Mapped[str] = mapped_column(String(40))
    issued_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200))
    recipients: EncryptedField[list[str]] = EncryptedField()
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None] = mapped_column(default=None)
    uses_number: Mapped[bool] = mapped_column(default=True)
    corrected_at: Mapped[datetime | None] = mapped_column(default=None)
    corrected_by: Mapped[UUID | None] = mapped_column(default=None)
    correction_reason: EncryptedField[str] = EncryptedField()


class ReportDisclosure(Identified, Scoped, Base, kw_only=True):
    """What the form for the public hides of one version, as it was decided for a tree of reports; the last counts.

    `hidden` are pairs of an item and a cell.
    """

    __tablename__ = "report_disclosure"
    __access_class__ = AccessClass.REPORT
    __refers_to__ = (About("report", "report_id"),)
    __opened_by__ = by_reporter("report_id")
    __table_args__ = (
        follows("report", "report_id"),
        follows("report_version", "version_id"),
        Index(None, "report_id", "org_path"),
        Index(None, "version_id", "id"),
    )

    report_id: Mapped[UUID]
    version_id: Mapped[UUID]
    hidden: Mapped[list[list[str]]] = mapped_column(JsonValue)
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
