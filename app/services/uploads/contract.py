"""What a dataset of uploads declares, and what it does with a part of the rows."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Final
from uuid import UUID

from app.core.problems import Text
from app.integrations.tables.columns import Columns
from app.integrations.tables.faults import Fault
from app.integrations.tables.kinds import Value
from app.integrations.tables.reading import TypedRow
from app.security.access.principal import Principal
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork

REGISTRY: Final = ((Act.CREATE, Resource.LEARNER), (Act.UPDATE, Resource.LEARNER))


class Fate(StrEnum):
    """What becomes of a row. `kept`: its record was changed by hand since, and stays as it is."""

    CREATED = "created"
    UPDATED = "updated"
    SAME = "same"
    KEPT = "kept"
    SKIPPED = "skipped"
    REFUSED = "refused"
    BLANK = "blank"


class Policy(StrEnum):
    CREATE_ONLY = "create_only"
    UPDATE_ONLY = "update_only"
    UPSERT = "upsert"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the caller asked for. Without `writes` the fates are those that the rows would have."""

    upload_id: UUID
    school_year: str | None
    policy: Policy
    overwrites_edited: bool
    writes: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one row; of a record that it created or changed the id, and what it held before.

    `marks` are what is counted of all rows before they are applied, such as that a learner leaves.
    """

    row: int
    fate: Fate
    faults: tuple[Fault, ...] = ()
    record_id: UUID | None = None
    marks: tuple[str, ...] = ()
    before: dict[str, object] | None = field(default=None, repr=False)

    @classmethod
    def refused(cls, row: int, *faults: Fault) -> "Outcome":
        return cls(row, Fate.REFUSED, faults)


@dataclass(frozen=True, slots=True)
class Totals:
    """What the rows of a file would do: how many have each fate, and each mark."""

    fates: Mapping[str, int]
    marks: Mapping[str, int]


class Reversal(StrEnum):
    """What a revert makes of a row. `kept`: its record was changed since, by hand or by a later upload."""

    REVERSED = "reversed"
    KEPT = "kept"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Change:
    """What a row did to its record, and what the record held before; a record that it made held nothing."""

    record_id: UUID
    is_creation: bool
    before: Mapping[str, Any] = field(repr=False)


class Dataset(ABC):
    """The rows of one kind of record. Each of `keys` is of columns whose values together name a record of a unit.

    A row without one of them is known by `weak_key`, if the dataset has one. With `keys_are_of_year` the same key
    names another record in another school year, of a dataset by school years.

    `rights` are those that somebody needs who writes such a record by hand.

    A file that creates nothing may lack the columns in `optional_to_update`.

    A file of a dataset that is judged as a whole has at most `most_rows` rows, all in one part.

    Without `takes_all_or_nothing` what refuses a row is seen by who writes the others.
    """

    code: ClassVar[str]
    label: ClassVar[Text]
    columns: ClassVar[Columns]
    keys: ClassVar[tuple[tuple[str, ...], ...]]
    weak_key: ClassVar[tuple[str, ...]] = ()
    keys_are_of_year: ClassVar[bool] = True
    example: ClassVar[Mapping[str, str]]
    optional_to_update: ClassVar[frozenset[str]] = frozenset()
    has_school_year: ClassVar[bool]
    rights: ClassVar[tuple[tuple[Act, Resource], ...]]
    most_rows: ClassVar[int | None] = None
    takes_all_or_nothing: ClassVar[bool] = True
    is_revertible: ClassVar[bool] = False

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work

    @classmethod
    def is_open_to(cls, principal: Principal) -> bool:
        """Whether somebody may write its records: a right to upload is none to write what is in the file."""
        return all(principal.may(act, resource) for act, resource in cls.rights)

    @classmethod
    @cache
    def columns_of(cls, policy: Policy) -> Columns:
        """The columns of a file with this policy."""
        return cls.columns.optional(cls.optional_to_update) if policy is Policy.UPDATE_ONLY else cls.columns

    @classmethod
    def keys_of(cls, values: Mapping[str, Value]) -> list[dict[str, str]]:
        """Each key of a row, in the form in which two that are the same are equal."""
        found = [key for key in cls.keys if all(name in values for name in key)]
        if not found and cls.weak_key and all(name in values for name in cls.weak_key):
            found = [cls.weak_key]
        return [{name: cls.plain(name, values[name]) for name in key} for key in found]

    @classmethod
    def plain(cls, name: str, value: Value) -> str:  # noqa: ARG003 — a dataset may fold some columns
        return str(value)

    @abstractmethod
    async def settle(self, terms: Terms, rows: Sequence[TypedRow]) -> list[Outcome]:
        """The fate of each of these rows, which have no fault of their own, as the caller and in its scope."""

    async def revert(self, changes: Sequence[Change]) -> list[Reversal]:
        """Undo rows, the last first, for a dataset that is revertible. A record that one made is void, and stays."""
        raise NotImplementedError

    async def needed(self, changes: Sequence[Change]) -> set[UUID]:  # noqa: ARG002 — most records stand by themselves
        """The records that others need, so that a revert of the row fails."""
        return set()

    async def edited(self, record_ids: Collection[UUID], since: datetime) -> set[UUID]:
        """The records that somebody changed by hand since an upload wrote them, or a part of them since that moment."""
        raise NotImplementedError

    async def holds(self, terms: Terms, totals: Totals) -> list[str]:  # noqa: ARG002 — most datasets harm nobody
        """Why the file waits for a person before it is applied."""
        return []


def fate_of(terms: Terms, *, exists: bool, changes: bool, is_edited: bool) -> Fate:
    """The fate of a row by whether its record exists, would change, and was changed by hand."""
    if (fate := by_policy(terms.policy, exists=exists)) is not None:
        return fate
    if not exists:
        return Fate.CREATED
    if not changes:
        return Fate.SAME
    return Fate.KEPT if is_edited and not terms.overwrites_edited else Fate.UPDATED


def by_policy(policy: Policy, *, exists: bool) -> Fate | None:
    """SKIPPED where the policy leaves the row out, None where it is applied."""
    is_left_out = policy is (Policy.CREATE_ONLY if exists else Policy.UPDATE_ONLY)
    return Fate.SKIPPED if is_left_out else None
