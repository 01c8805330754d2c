"""The base of every table: naming, column types, optimistic locking, and the path of the unit."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    TextClause,
    TypeDecorator,
    Uuid,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, Mapper, mapped_column

from app.core import time
from app.core.ids import new_id
from app.core.scoping import AccessClass
from app.models.declarations import PartOf, Reference, Retained
from app.models.openings import Opening


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Rejects naive values; SQLite has no time zones and stores UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        # PostgreSQL's instants have a zone already, and a page has hundreds of them.
        return super().result_processor(dialect, coltype) if dialect.name == "sqlite" else None


JsonValue = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
PathText = String(400).with_variant(String(400, collation="C"), "postgresql")

Key = Annotated[UUID, mapped_column(Uuid, primary_key=True)]
Json = Annotated[dict[str, Any], mapped_column(JsonValue)]
Codes = Annotated[list[str], mapped_column(JsonValue)]
LongText = Annotated[str, mapped_column(Text)]


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), UUID: Uuid()}  # noqa: RUF012 — SQLAlchemy's own attribute
    # Ids and defaults come from the application: an INSERT with RETURNING would need the SELECT privilege.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 — SQLAlchemy's own attribute

    # For an encrypted table: the records that contain its rows, or ITSELF.
    __belongs_to__: ClassVar[tuple[PartOf, ...] | None] = None
    __refers_to__: ClassVar[tuple[Reference, ...]] = ()
    # For a record with a retention class of its own.
    __retained__: ClassVar[Retained | None] = None
    # Whether the audit log lists writes to this table: not consequences of a listed write, not the log itself.
    __audited__: ClassVar[bool] = True
    # Of a part of a record: the columns that are cleared when its key is destroyed.
    __blanked__: ClassVar[tuple[str, ...]] = ()
    # The columns that the application may update (None: all), and whether it may never delete a row.
    __updatable__: ClassVar[tuple[str, ...] | None] = None
    __append_only__: ClassVar[bool] = False


class Identified(MappedAsDataclass, kw_only=True):
    id: Mapped[Key] = mapped_column(default_factory=new_id)


class Versioned(MappedAsDataclass, kw_only=True):
    """Optimistic lock: the strong ETag of the row."""

    version: Mapped[int] = mapped_column(default=1)

    def touch(self) -> None:
        """Raise the version, and so the ETag, after a change to data of the row in another table."""
        self.version += 1


def _now() -> datetime:
    return time.utc_now()


class Updated(MappedAsDataclass, kw_only=True):
    """When the row itself was last written, for `updated_since` of its list; of an anonymous caller's row the hour."""

    updated_at: Mapped[datetime] = mapped_column(default_factory=_now, onupdate=_now)


@event.listens_for(Base, "instrument_class", propagate=True)
def _count_versions(mapper: Mapper[Any], cls: type[Any]) -> None:
    # A dataclass mixin has no column for __mapper_args__ until the table exists.
    if issubclass(cls, Versioned):
        mapper.version_id_col = mapper.local_table.c.version


class Platform:
    """Marks a table without a scope: reference data, units, keys, queues."""


@event.listens_for(Base, "instrument_class", propagate=True)
def _check_access_class(_: Mapper[Any], cls: type[Any]) -> None:
    # A table without a declaration would be readable by everyone.
    declared = hasattr(cls, "__access_class__") if issubclass(cls, Scoped) else issubclass(cls, Platform)
    if not declared:
        raise TypeError(f"{cls.__name__} declares neither its access class nor that it belongs to the platform")


class Scoped(MappedAsDataclass, kw_only=True):
    """A row in the scope of some principals only, by `org_path`.

    `org_path` is the path of the unit that holds the row, always with a trailing slash. It is part of a composite
    foreign key: a child row cannot reference a parent in another scope, and it moves with its parent.
    """

    __access_class__: ClassVar[AccessClass]
    # Ways to reach the row outside the range of its path.
    __opened_by__: ClassVar[tuple[Opening, ...]] = ()
    # The column from whose moment on staff see the row; null: at once.
    __visible_from__: ClassVar[str | None] = None

    org_path: Mapped[str] = mapped_column(PathText)


class Pending(MappedAsDataclass, kw_only=True):
    """A row that an anonymous caller may write: staff see it from a moment of the grid, which the scope enforces."""

    __visible_from__: ClassVar[str | None] = "visible_from"

    visible_from: Mapped[datetime | None] = mapped_column(default=None)


def follows(table: str, key: str) -> ForeignKeyConstraint:
    """A composite foreign key on (id, path): the row cannot reference another scope, and moves with its parent.

    Row-level security does not cover foreign keys; the path in the key does.
    """
    return ForeignKeyConstraint(
        [key, "org_path"],
        [f"{table}.id", f"{table}.org_path"],
        onupdate="CASCADE",
        deferrable=True,
        initially="DEFERRED",
    )


def partial_index(
    name: str,
    *columns: str,
    where: ColumnElement[bool] | TextClause,
    unique: bool = False,
) -> Index:
    """An index of the rows for which a condition holds, on both engines."""
    return Index(name, *columns, unique=unique, postgresql_where=where, sqlite_where=where)


def refers(column: str) -> ForeignKey:
    """A plain foreign key, checked at commit, so that the order of inserts in a flush does not matter."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED")


class LocalRule(Identified, Platform, MappedAsDataclass, kw_only=True):
    """A unit's own rule in place of the country's, for itself and all below it, by a decision and for a time."""

    unit_id: Mapped[UUID] = mapped_column(refers("unit.id"))
    decision_number: Mapped[str] = mapped_column(String(100))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
