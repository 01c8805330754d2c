"""A plain account of what uploads, edits by hand and reverts make of a school's records. It shares no code."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Change:
    """What one row of an upload did to a record, and what was there before; `end` is what a revert made of it."""

    upload: str
    code: str
    is_creation: bool
    before: tuple[str, bool]
    end: str | None = None


@dataclass
class Record:
    """`edited`: by hand since the last upload wrote it. `part_at` is the step at which a part was last entered by hand.

    `is_needed`: others depend on it, as learners do on their class.
    """

    value: str
    is_alive: bool = True
    edited: bool = False
    part_at: int = -1
    is_needed: bool = False
    changes: list[Change] = field(default_factory=list)


@dataclass
class Account:
    """The records of one dataset by their code."""

    records: dict[str, Record] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    began: dict[str, int] = field(default_factory=dict)

    def shown(self) -> dict[str, str]:
        return {code: record.value for code, record in self.records.items() if record.is_alive}

    def upload(self, upload: str, step: int, rows: dict[str, str], *, overwrites: bool) -> Counter[str]:
        """The fates of the rows."""
        self.began[upload], self.changes[upload] = step, []
        return Counter(self._row(upload, code, value, overwrites=overwrites) for code, value in rows.items())

    def _row(self, upload: str, code: str, value: str, *, overwrites: bool) -> str:
        record = self.records.get(code)
        is_there = record is not None and record.is_alive
        if record is not None and is_there and record.value == value:
            return "same"
        if record is not None and is_there and record.edited and not overwrites:
            return "kept"
        if record is None:
            record = self.records[code] = Record(value, is_alive=False)
        change = Change(upload, code, not is_there, (record.value, record.edited))
        record.value, record.is_alive, record.edited = value, True, False
        record.changes.append(change)
        self.changes[upload].append(change)
        return "updated" if is_there else "created"

    def enter(self, code: str, value: str) -> None:
        self.records[code] = Record(value, edited=True)

    def edit(self, code: str, value: str) -> None:
        record = self.records[code]
        record.value, record.edited = value, True

    def revert(self, upload: str) -> dict[str, str]:
        """What becomes of each changed record."""
        for change in reversed(self.changes[upload]):
            change.end = self._end(change)
            if change.end == "reversed":
                record = self.records[change.code]
                if change.is_creation:
                    record.is_alive = False
                else:
                    record.value, record.edited = change.before
        return {change.code: str(change.end) for change in self.changes[upload]}

    def _end(self, change: Change) -> str:
        record = self.records[change.code]
        later = record.changes[record.changes.index(change) + 1 :]
        is_newest = all(each.end == "reversed" for each in later)
        if record.edited or record.part_at >= self.began[change.upload] or not is_newest:
            return "kept"
        return "failed" if change.is_creation and record.is_needed else "reversed"
