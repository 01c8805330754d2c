"""What a session wrote and opened, noticed where nothing can avoid it: at each flush, and where a row gets its key."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import inspect

from app.models.base import Base
from app.models.declarations import columns_about, columns_related
from app.security.access.flush import Changes, FlushSession, Rows

INCIDENT, INTAKE, LEARNER = "incident", "intake", "learner"


@dataclass(slots=True)
class Trace:
    """Rows by table; `incidents` are those whose words were opened or whose parts were written, with their paths.

    `others` are the intakes of which the same is so, incidents merged with one of those, learners of whom anything was
    written, and uploads that list what is written.
    """

    opened: dict[str, set[str]] = field(default_factory=dict)
    written: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    incidents: dict[UUID, str] = field(default_factory=dict)
    others: set[UUID] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)
    elevated: list[str] = field(default_factory=list)
    acts: list[dict[str, str]] = field(default_factory=list)
    is_complete: bool = False
    is_weighing: bool = False
    """Whether rows are read only to decide what the caller may do: no view, because nothing of them is shown."""
    is_listed_elsewhere: bool = False
    """Whether a record of the same transaction lists what is written, and the entry names that record alone."""

    def __bool__(self) -> bool:
        return bool(self.opened or self.written or self.acts)

    def saw(self, rows: Iterable[Any]) -> None:
        for row in () if self.is_weighing else rows:
            self.opened.setdefault(_table(row), set()).add(_key(row))
            self._of_case(row)

    def wrote(self, act: str, row: Base) -> None:
        """Add a written row. Raises LookupError, a defect, for one that the entry of this trace does not list."""
        if not row.__audited__ or self.is_listed_elsewhere:
            return
        keys = self.written.setdefault(_table(row), {}).setdefault(act, set())
        if (key := _key(row)) in keys:
            return
        if self.is_complete:
            raise LookupError(f"a {_table(row)} is written after its audit entry")
        keys.add(key)
        self._of_case(row)
        self.others.update(_named(row, columns_about(type(row), LEARNER)))
        if path := getattr(row, "org_path", None):
            self.paths.append(path)

    @property
    def subjects(self) -> list[UUID]:
        """The incidents, intakes, learners and uploads that this is about."""
        return sorted(self.others | self.incidents.keys())

    def _of_case(self, row: Any) -> None:  # noqa: ANN401 — any scoped row
        model: Any = type(row)
        for incident in _named(row, columns_about(model, INCIDENT)):
            self.incidents[incident] = row.org_path
        self.others.update(_named(row, columns_about(model, INTAKE)), _named(row, columns_related(model)))

    def clear(self) -> None:
        for kept in (self.opened, self.written, self.incidents, self.others, self.paths, self.elevated, self.acts):
            kept.clear()
        self.is_complete = self.is_listed_elsewhere = False


def trace_of(session: Any) -> Trace:  # noqa: ANN401 — a session or its async face
    trace: Trace = session.info.setdefault("trace", Trace())
    return trace


def notice(session: FlushSession, changes: Changes) -> None:
    """Add what the session writes next to its trace."""
    trace = trace_of(session)
    for act, rows in (("insert", changes.new), ("delete", changes.deleted), ("update", changes.updated)):
        for row in rows:
            trace.wrote(act, row)


def _notice_rows(session: FlushSession, rows: Rows) -> None:
    """Raises LookupError, a defect, for rows that neither the audit entry nor another record lists."""
    trace = trace_of(session)
    for model in rows:
        if model.__audited__ and (not trace.is_listed_elsewhere or trace.is_complete):
            raise LookupError(f"rows of {model.__tablename__} are listed nowhere")


FlushSession.watchers.append(notice)
FlushSession.rows_watchers.append(_notice_rows)


def _named(row: Any, columns: Iterable[str]) -> Iterator[UUID]:  # noqa: ANN401 — any row
    return (key for name in columns if (key := getattr(row, name)) is not None)


def _table(row: Base) -> str:
    return str(row.__tablename__)


def _key(row: Base) -> str:
    return "/".join(str(getattr(row, name)) for name in _key_names(type(row)))


@cache
def _key_names(model: type[Base]) -> tuple[str, ...]:
    return tuple(str(column.key) for column in inspect(model).primary_key)
