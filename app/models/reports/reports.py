"""Reports: what a unit owes for a period, its versions, their sections and figures, and its timeline."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, Index, String, UniqueConstraint, inspect
from sqlalchemy.orm import Mapped, mapped_column

from app.core.filters import UNFILTERED, ListFilter
from app.core.scoping import AccessClass
from app.models.base import Base, Identified, Json, Scoped, Updated, Versioned, follows, refers
from app.models.declarations import ITSELF, About, PartOf, Retained
from app.models.openings import Membership, Named, Opening
from app.models.sealed import Cipher, EncryptedField, EncryptedRow


def by_reporter(column: str) -> tuple[Opening, ...]:
    """Opened to the unit that reports for another one, which was merged or closed."""
    return (
        Membership(
            column=column,
            table="reporter_unit",
            key="report_id",
            unit="unit_id",
            since="valid_from",
            until="valid_to",
            writes=True,
        ),
    )


def _is_not_locked() -> ColumnElement[bool]:
    return Report.locked_at.is_(None)


class Report(Identified, Versioned, Updated, EncryptedRow, Scoped, Base, kw_only=True):
    """What `unit_id` owes to `recipient_id` for a period, from the day on which the period is opened."""

    __tablename__ = "report"
    __access_class__ = AccessClass.REPORT
    __belongs_to__ = ITSELF
    # What is never locked, as no urgent report is, counts from its due time.
    __retained__ = Retained(
        "report", holder="unit_id", began={"lock": "locked_at", "due": "due_at"}, only={"due": _is_not_locked}
    )
    __opened_by__ = by_reporter("id")
    __table_args__ = (
        follows("unit", "unit_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("period_id", "unit_id", "ordinal"),
        Index(None, "period_id", "org_path", "state"),
        Index(None, "org_path", "id"),
        Index(None, "recipient_id", "state"),
        Index(None, "due_at", "state"),
        Index(None, "key_id"),
    )

    code: Mapped[str] = mapped_column(String(24), unique=True)
    period_id: Mapped[UUID] = mapped_column(refers("report_period.id"))
    unit_id: Mapped[UUID]
    # The unit above that reviews it; empty at the top of the chain.
    recipient_id: Mapped[UUID | None] = mapped_column(refers("unit.id"), default=None)
    # 0 of what every unit owes for the period; urgent reports are counted from 1 within theirs.
    ordinal: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(20))
    # The day of the rule, the moment after days off or an extension, and an earlier wish that makes nobody late.
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    requested_on: Mapped[date | None] = mapped_column(default=None)
    extended_on: Mapped[date | None] = mapped_column(default=None)
    extension_decision: Mapped[str | None] = mapped_column(String(100), default=None)
    extension_reason: EncryptedField[str] = EncryptedField()
    # The number of its newest version; 0 before the first draft.
    newest: Mapped[int] = mapped_column(default=0)
    # The versions that consolidation reads: submitted last, and accepted last.
    submitted_version_id: Mapped[UUID | None] = mapped_column(default=None)
    accepted_version_id: Mapped[UUID | None] = mapped_column(default=None)
    # The first complete submission, on which being on time is judged.
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    locked_at: Mapped[datetime | None] = mapped_column(default=None)
    unlock_requested_at: Mapped[datetime | None] = mapped_column(default=None)
    # A version below changed since this one was made.
    is_stale: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def is_urgent(self) -> bool:
        """Whether its text belongs to an incident, and is drafted and submitted there."""
        return self.ordinal > 0

    @property
    def due_on_said(self) -> date | None:
        """No text names a day for an urgent report."""
        return None if self.is_urgent else self.due_on

    @property
    def due_at_said(self) -> datetime | None:
        return None if self.is_urgent else self.due_at


class PartKeys(TypedDict):
    """The columns that tie a row to its report: id, path and key."""

    report_id: UUID
    org_path: str
    cipher: Cipher


def part_of(report: Report) -> PartKeys:
    return {"report_id": report.id, "org_path": report.org_path, "cipher": report.row_cipher}


class ReporterUnit(Identified, Scoped, Base, kw_only=True):
    """`unit_id` drafts and submits another unit's report, from `valid_from` until before `valid_to`, by a decision."""

    __tablename__ = "reporter_unit"
    __access_class__ = AccessClass.REPORT
    # The membership that opens the report is read by the unit that has it.
    __opened_by__ = (Named(unit="unit_id"),)
    __refers_to__ = (About("report", "report_id"),)
    __table_args__ = (
        follows("report", "report_id"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
        Index(None, "unit_id", "report_id"),
        Index(None, "report_id", "org_path"),
    )

    report_id: Mapped[UUID]
    period_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    decision_number: Mapped[str] = mapped_column(String(100))
    named_at: Mapped[datetime]
    named_by: Mapped[UUID]


class ReportVersion(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """One version: a draft until it is submitted, frozen from then on. `snapshot` is what was submitted, whole."""

    __tablename__ = "report_version"
    __access_class__ = AccessClass.REPORT
    __belongs_to__ = (PartOf("report", "report_id"),)
    __opened_by__ = by_reporter("report_id")
    __table_args__ = (
        follows("report", "report_id"),
        UniqueConstraint("id", "org_path"),
        UniqueConstraint("report_id", "number"),
        CheckConstraint("(submitted_at IS NULL) = (digest IS NULL)", name="frozen"),
        CheckConstraint("returned_at IS NULL OR return_items IS NOT NULL", name="return_has_reasons"),
        Index(None, "report_id", "org_path"),
    )

    report_id: Mapped[UUID]
    number: Mapped[int]
    # Made after the lock was lifted.
    is_supplementary: Mapped[bool] = mapped_column(default=False)
    # Nothing happened, as an explicit declaration.
    is_nil: Mapped[bool] = mapped_column(default=False)
    # When the computed figures were last counted.
    computed_at: Mapped[datetime | None] = mapped_column(default=None)
    started_at: Mapped[datetime]
    started_by: Mapped[UUID]
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    submitted_by: Mapped[UUID | None] = mapped_column(default=None)
    signing_mode: Mapped[str | None] = mapped_column(String(8), default=None)
    signer_title: EncryptedField[str] = EncryptedField()
    signer_name: EncryptedField[str] = EncryptedField()
    # No rule of the strength `error` is broken.
    is_complete: Mapped[bool | None] = mapped_column(default=None)
    # How many rules of the strength `explain` are broken and explained.
    explained_rules: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str | None] = mapped_column(String(64), default=None)
    snapshot: EncryptedField[dict[str, Any]] = EncryptedField()
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    accepted_by: Mapped[UUID | None] = mapped_column(default=None)
    returned_at: Mapped[datetime | None] = mapped_column(default=None)
    returned_by: Mapped[UUID | None] = mapped_column(default=None)
    # Codes of items and of reasons, each by item; the texts are sealed beside them.
    return_items: Mapped[Json | None] = mapped_column(default=None)
    return_texts: EncryptedField[dict[str, str]] = EncryptedField()


class ReportSection(Identified, Versioned, EncryptedRow, Scoped, Base, kw_only=True):
    """The texts of one section of a version, and the ETag under which the section is edited."""

    __tablename__ = "report_section"
    __access_class__ = AccessClass.REPORT
    __belongs_to__ = (PartOf("report", "report_id"),)
    __opened_by__ = by_reporter("report_id")
    __table_args__ = (
        follows("report", "report_id"),
        follows("report_version", "version_id"),
        UniqueConstraint("version_id", "code"),
        Index(None, "report_id", "org_path"),
    )

    report_id: Mapped[UUID]
    version_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(40))
    # By item: its text.
    narratives: EncryptedField[dict[str, str]] = EncryptedField()
    # By item and cell: why the declared figure differs, and remarks.
    reasons: EncryptedField[dict[str, str]] = EncryptedField()
    comments: EncryptedField[dict[str, str]] = EncryptedField()
    # By rule: what explains that it is broken.
    explanations: EncryptedField[dict[str, str]] = EncryptedField()
    edited_at: Mapped[datetime]
    edited_by: Mapped[UUID | None] = mapped_column(default=None)


class ReportFigure(Identified, Scoped, Base, kw_only=True):
    """One figure of a version: an indicator's total (`cell` empty) or a cell of its breakdown (`sex=female`).

    A ratio is stored as numerator and denominator; a duration in minutes; yes and no as 1 and 0.
    """

    __tablename__ = "report_figure"
    __access_class__ = AccessClass.REPORT
    __refers_to__ = (About("report", "report_id"),)
    __opened_by__ = by_reporter("report_id")
    __audited__ = False
    __table_args__ = (
        follows("report", "report_id"),
        follows("report_version", "version_id"),
        UniqueConstraint("version_id", "item", "cell"),
        Index(None, "report_id", "org_path"),
        CheckConstraint("numerator IS NULL OR numerator >= 0", name="numerator"),
        CheckConstraint("denominator IS NULL OR denominator >= 0", name="denominator"),
    )

    report_id: Mapped[UUID]
    version_id: Mapped[UUID]
    item: Mapped[str] = mapped_column(String(40))
    cell: Mapped[str] = mapped_column(String(200), default="")
    # computed, declared, not_applicable, hidden or missing.
    status: Mapped[str] = mapped_column(String(20))
    numerator: Mapped[int | None] = mapped_column(BigInteger, default=None)
    denominator: Mapped[int | None] = mapped_column(BigInteger, default=None)
    computed_numerator: Mapped[int | None] = mapped_column(BigInteger, default=None)
    computed_denominator: Mapped[int | None] = mapped_column(BigInteger, default=None)
    # What several units below count of one event, which counts once here; subtracted from the computed figure.
    overlap: Mapped[int | None] = mapped_column(BigInteger, default=None)
    # What a unit above adds to the sum of those below, with a reason in its section.
    adjustment: Mapped[int | None] = mapped_column(BigInteger, default=None)
    previous_numerator: Mapped[int | None] = mapped_column(BigInteger, default=None)
    previous_denominator: Mapped[int | None] = mapped_column(BigInteger, default=None)
    # Of the year before, typed for a unit without a report in it.
    previous_source: Mapped[str | None] = mapped_column(String(300), default=None)
    # Counted by somebody else; it changes nothing here.
    outside: Mapped[int | None] = mapped_column(BigInteger, default=None)
    outside_source: Mapped[str | None] = mapped_column(String(300), default=None)
    outside_on: Mapped[date | None] = mapped_column(default=None)
    # The last change by hand, which an upload overwrites only when asked.
    edited_at: Mapped[datetime | None] = mapped_column(default=None)

    def copied_to(self, version_id: UUID) -> "ReportFigure":
        """The same figure of another version."""
        names = (column.key for column in inspect(ReportFigure).column_attrs if column.key not in {"id", "version_id"})
        return ReportFigure(version_id=version_id, **{name: getattr(self, name) for name in names})


class ReportContribution(Identified, Scoped, Base, kw_only=True):
    """A row that a submitted figure counted, by a keyed digest of its id: whether it still counts can be checked."""

    __tablename__ = "report_contribution"
    __access_class__ = AccessClass.REPORT
    __refers_to__ = (About("report", "report_id"),)
    __opened_by__ = by_reporter("report_id")
    __updatable__ = ("org_path",)
    __append_only__ = True
    __audited__ = False
    __table_args__ = (
        follows("report", "report_id"),
        follows("report_version", "version_id"),
        Index(None, "version_id", "item"),
        Index(None, "report_id", "org_path"),
    )

    report_id: Mapped[UUID]
    version_id: Mapped[UUID]
    item: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    numerator: Mapped[int] = mapped_column(BigInteger)
    denominator: Mapped[int | None] = mapped_column(BigInteger, default=None)


class ReportEvent(Identified, EncryptedRow, Scoped, Base, kw_only=True):
    """A timeline entry of a report. `data` has codes and numbers, never text."""

    __tablename__ = "report_event"
    __access_class__ = AccessClass.REPORT
    __belongs_to__ = (PartOf("report", "report_id"),)
    __opened_by__ = by_reporter("report_id")
    __table_args__ = (follows("report", "report_id"), Index(None, "report_id", "org_path", "id"))

    report_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(40))
    data: Mapped[Json] = mapped_column(default_factory=dict)
    reason: EncryptedField[str] = EncryptedField()
    decision_number: EncryptedField[str] = EncryptedField()
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(default=None)
    by_role: Mapped[str | None] = mapped_column(String(32), default=None)


@dataclass(frozen=True, slots=True)
class ReportFilter:
    state: tuple[str, ...] = ()
    common: ListFilter = UNFILTERED
    period_id: UUID | None = None
    school_year: str | None = None
