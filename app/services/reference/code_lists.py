"""Dated code lists; disciplinary measures, for example, changed on 31 October 2025."""

import time
from dataclasses import dataclass, field, fields
from datetime import date

from app.core.coded import Coded, codes_in
from app.core.dated import holds
from app.core.problems import INVALID, FieldFault, fault, invalid
from app.repositories.reference import CodeListRepository
from app.services.platform.unit_of_work import UnitOfWork

FRESH_S = 60.0
# A longer list is only named.
FEW = 20


@dataclass(frozen=True, slots=True)
class Code:
    """A list entry without a session, so that a rollback cannot expire a cached one."""

    list: str
    code: str
    label_vi: str
    label_en: str
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(slots=True)
class CodeListCache:
    """The code lists, cached for one minute per process, because they change only with a release or a decree."""

    entries: list[Code] = field(default_factory=list)
    codes: dict[tuple[str, str], list[Code]] = field(default_factory=dict)
    read_at: float = -FRESH_S

    def holds(self, coded: Coded, day: date | None) -> bool:
        """Whether the list has the code on a day, or on any day for None."""
        entries = self.codes.get((coded.list, coded.code), [])
        return any(day is None or holds(entry, day) for entry in entries)


NAMES = tuple(code_field.name for code_field in fields(Code))


class CodeListService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.cache = work.runtime.cache(CodeListCache)

    async def entries(self, name: str, day: date | None) -> list[Code]:
        """Entries of one list, valid on `day` or at any time."""
        return await self.of_lists((name,), day)

    async def of_lists(self, names: tuple[str, ...], day: date | None) -> list[Code]:
        """Entries of some lists or, without a name, of all, valid on `day` or at any time.

        Raises `invalid` (422) for an unknown list.
        """
        await self._freshen()
        lists = tuple(dict.fromkeys(entry.list for entry in self.cache.entries))
        if not set(names) <= set(lists):
            raise invalid("list", "unknown_code", "Không có danh mục này", "There is no such list", allowed=lists)
        wanted = names or lists
        return [entry for entry in self.cache.entries if entry.list in wanted and (day is None or holds(entry, day))]

    async def labels(self, name: str) -> dict[str, str]:
        """The Vietnamese label of each code that the list ever had."""
        return {entry.code: entry.label_vi for entry in await self.entries(name, None)}

    async def check(self, form: object, day: date | None) -> None:
        """Check each `InList` field of a form.

        Raises `invalid` (422) with every field whose code is not in its list on `day`, or on any day for None.
        """
        await self._freshen()
        wrong = [coded for coded in codes_in(form) if not self.cache.holds(coded, day)]
        if wrong:
            raise INVALID(faults=[self._unknown(coded, day) for coded in wrong])

    def _unknown(self, coded: Coded, day: date | None) -> FieldFault:
        """The fault with the codes in force, or for a long list where it is."""
        codes = tuple(e.code for e in self.cache.entries if e.list == coded.list and (day is None or holds(e, day)))
        allowed = tuple(dict.fromkeys(codes)) if len(codes) <= FEW else ()
        where = f"GET /api/v1/code-lists?list={coded.list}"
        shown = ", ".join(allowed) or where
        return fault(
            coded.pointer,
            "unknown_code",
            f"Mã không có trong danh mục {coded.list}; chỉ nhận: {shown}",
            f"Not a code of list {coded.list}; allowed: {shown}",
            allowed=allowed,
            code_list=coded.list,
        )

    async def _freshen(self) -> None:
        if time.monotonic() - self.cache.read_at < FRESH_S:
            return
        rows = await CodeListRepository(self.work.session).everything()
        entries = [Code(**{name: getattr(row, name) for name in NAMES}) for row in rows]
        codes: dict[tuple[str, str], list[Code]] = {}
        for entry in entries:
            codes.setdefault((entry.list, entry.code), []).append(entry)
        self.cache.entries, self.cache.codes, self.cache.read_at = entries, codes, time.monotonic()
