"""Units: ministry, department, bureau, commune, school, agency. Levels are data: districts were abolished in 2025."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.vocabulary import Relation, SuccessionKind
from app.models.base import Base, Codes, Identified, JsonValue, PathText, Platform, Versioned, refers


class UnitKind(Platform, Base, kw_only=True):
    __tablename__ = "unit_kind"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    label_vi: Mapped[str] = mapped_column(String(200))
    label_en: Mapped[str] = mapped_column(String(200))
    # Printed where the unit names no title of its own.
    signer_title_vi: Mapped[str | None] = mapped_column(String(100), default=None)
    valid_from: Mapped[date]


class UnitKindPlace(Platform, Base, kw_only=True):
    """Units of one kind may be direct children of another kind, from `valid_from` until before `valid_to`."""

    __tablename__ = "unit_kind_place"

    kind: Mapped[str] = mapped_column(refers("unit_kind.code"), primary_key=True)
    parent_kind: Mapped[str] = mapped_column(refers("unit_kind.code"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(String(300))


class Unit(Identified, Versioned, Platform, Base, kw_only=True):
    """The permanent identity of a unit, its path and contact data today; all its other data has validity dates."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("id", "org_path"),)

    kind: Mapped[str] = mapped_column(refers("unit_kind.code"))
    path_key: Mapped[str] = mapped_column(String(8), unique=True)
    org_path: Mapped[str] = mapped_column(PathText, unique=True)
    created_at: Mapped[datetime]
    closed_on: Mapped[date | None] = mapped_column(default=None)
    address: Mapped[str | None] = mapped_column(String(300), default=None)
    phones: Mapped[list[str] | None] = mapped_column(JsonValue, default=None)
    email: Mapped[str | None] = mapped_column(String(254), default=None)
    document_place: Mapped[str | None] = mapped_column(String(100), default=None)
    signer_title: Mapped[str | None] = mapped_column(String(200), default=None)

    def is_closed(self, day: date) -> bool:
        return self.closed_on is not None and self.closed_on <= day


class UnitVersion(Identified, Platform, Base, kw_only=True):
    """A unit's name and details from `valid_from` until before `valid_to`."""

    __tablename__ = "unit_version"
    __table_args__ = (
        UniqueConstraint("unit_id", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
        Index("ix_unit_version_code_valid_from", "code", "valid_from"),
    )

    unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    name_vi: Mapped[str] = mapped_column(String(300))
    name_en: Mapped[str | None] = mapped_column(String(300), default=None)
    search_text: Mapped[str] = mapped_column(String(400))
    code: Mapped[str | None] = mapped_column(String(32), default=None)
    levels: Mapped[Codes] = mapped_column(default_factory=list)
    ownership: Mapped[str | None] = mapped_column(String(32), default=None)
    remote: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    decision_number: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime]


class UnitEdge(Identified, Platform, Base, kw_only=True):
    """`parent` is the superior of `child` in one relation, from `valid_from` until before `valid_to`."""

    __tablename__ = "unit_edge"
    __table_args__ = (
        UniqueConstraint("child_id", "relation", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
        CheckConstraint("child_id <> parent_id", name="not_itself"),
        Index("ix_unit_edge_parent_id_relation", "parent_id", "relation"),
    )

    child_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    parent_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    relation: Mapped[Relation] = mapped_column(String(16))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    decision_number: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime]


class UnitSuccession(Identified, Platform, Base, kw_only=True):
    """The successors of a unit; many to many, because a new commune may combine parts of several old ones."""

    __tablename__ = "unit_succession"
    __table_args__ = (UniqueConstraint("from_id", "to_id", "effective_on"),)

    from_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    to_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    kind: Mapped[SuccessionKind] = mapped_column(String(16))
    effective_on: Mapped[date]
    decision_number: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit with its name and its superiors on one day."""

    unit: Unit
    named: UnitVersion
    parent_id: UUID | None
    professional_parent_id: UUID | None
    as_of: date

    @property
    def id(self) -> UUID:
        return self.unit.id


@dataclass(frozen=True, slots=True)
class UnitFilter:
    as_of: date
    kind: tuple[str, ...] = ()
    parent_id: UUID | None = None
    relation: Relation = Relation.ADMINISTRATIVE
    query: str | None = None
