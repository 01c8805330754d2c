"""Units as dated data: created, renamed, moved and closed on a day by a numbered decision."""

from datetime import date
from uuid import UUID

from app.core.ids import path_key
from app.core.paging import Page, PageRequest
from app.core.problems import (
    FORBIDDEN,
    NOT_FOUND,
    Problem,
    Text,
    invalid,
)
from app.core.text import fold, same_name
from app.core.vocabulary import Relation, SuccessionKind
from app.models.notices.kinds import define_notice
from app.models.units import Unit, UnitEdge, UnitFilter, UnitKind, UnitSuccession, UnitVersion, UnitView
from app.repositories.units import UnitRepository
from app.schemas.units import (
    UNIT_FLOW,
    UnitCloseIn,
    UnitContactIn,
    UnitCreateIn,
    UnitDescription,
    UnitMoveIn,
)
from app.security.access.scope import Range
from app.security.crypto.phones import office_numbers
from app.services.notices.notices import NoticeService
from app.services.platform.problems import unknown_unit
from app.services.platform.unit_names import forget_names
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

ROOT = "/"
SEARCHED = 400
UNIT_CHANGED = define_notice(
    "unit_changed", "the unit, the level above it and, of a move, the new one", "unit_id", "change", "by"
)
DESCRIBED = {"name_vi", "name_en", "code", "levels", "ownership", "remote"}


class UnitService:
    """Use cases of the hierarchy, which laws change (districts ended on 1 July 2025)."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.units = UnitRepository(work.session)

    async def page(self, wanted: UnitFilter, page: PageRequest) -> Page[UnitView]:
        return await self.units.views(wanted, page)

    async def get(self, unit_id: UUID, as_of: date | None = None) -> UnitView:
        """The unit as it was on a day, today by default; raises `not_found` (404) if it did not exist then."""
        view = await self.units.view(unit_id, as_of or self.work.today)
        if view is None:
            raise NOT_FOUND()
        return view

    async def unit(self, unit_id: UUID) -> Unit:
        """The unit without its dated data. Raises `not_found` (404)."""
        return await self.units.get(unit_id)

    async def history(self, unit_id: UUID) -> tuple[list[UnitVersion], list[UnitEdge], list[UnitSuccession]]:
        await self.unit(unit_id)
        return await self.units.history(unit_id)

    async def names(self, unit_ids: set[UUID]) -> dict[UUID, UnitVersion]:
        return await self.units.names(unit_ids, self.work.today)

    async def kinds(self) -> list[UnitKind]:
        return await self.units.kinds()

    async def places(self) -> dict[str, list[str]]:
        """The permitted parent kinds of each kind today."""
        parent_kinds: dict[str, list[str]] = {}
        for kind, parent_kind in await self.units.places(self.work.today):
            parent_kinds.setdefault(kind, []).append(parent_kind)
        return parent_kinds

    async def create(self, data: UnitCreateIn) -> UnitView:
        """Create a unit below a unit in the caller's scope. Raises `forbidden` (403), `invalid` (422)."""
        parent = await self._manageable(data.parent_id, "/parent_id")
        kinds = tuple(kind.code for kind in await self.units.kinds())
        if data.kind not in kinds:
            text = ("Loại đơn vị không có trong danh mục", "There is no such kind of unit")
            raise invalid("/kind", "unknown_code", *text, allowed=kinds)
        professional = await self._existing(data.professional_parent_id or parent.id, "/professional_parent_id")
        await self._check_place(data.kind, parent, data.effective_on, "/parent_id")
        await self._check_place(data.kind, professional, data.effective_on, "/professional_parent_id")
        unit = self._add_unit(data.kind, parent.org_path)
        await self._check_name(unit.id, data.name_vi, {parent.id}, data.effective_on, "/name_vi")
        await self._describe(unit, data)
        self._place(unit.id, parent.id, Relation.ADMINISTRATIVE, data.effective_on, data.decision_number)
        self._place(unit.id, professional.id, Relation.PROFESSIONAL, data.effective_on, data.decision_number)
        await self.work.flush()
        return await self.get(unit.id, max(self.work.today, data.effective_on))

    async def describe(self, unit: Unit, data: UnitDescription) -> UnitView:
        """Rename or re-describe a unit from a day on; former versions remain in its history."""
        self._check_above(unit)
        current = await self.units.open_version(unit.id)
        if current is None:
            raise UNIT_FLOW.refusal("closed")
        _check_after(data.effective_on, current.valid_from)
        parents = await self.units.parents(unit.id, data.effective_on)
        await self._check_name(unit.id, data.name_vi, parents, data.effective_on, "/name_vi")
        current.valid_to = data.effective_on
        await self.work.flush()
        await self._describe(unit, data, current)
        unit.touch()
        forget_names(self.work)
        await self._notify("described", unit)
        return await self.get(unit.id, max(self.work.today, data.effective_on))

    async def move(self, unit: Unit, data: UnitMoveIn) -> UnitView:
        """Move the unit under another from a day on; its subtree follows on that day."""
        self._check_above(unit)
        await self.units.lock_tree(unit)
        parent = await self._manageable(data.parent_id, "/parent_id")
        if unit.id in await self.units.line_above(parent.id, data.relation, data.effective_on):
            raise invalid(
                "/parent_id", "cycle", "Đơn vị không thể trực thuộc chính nó", "A unit cannot stand below itself"
            )
        if unit.closed_on is not None:
            raise UNIT_FLOW.refusal("closed")
        await self._check_place(unit.kind, parent, data.effective_on, "/parent_id")
        if data.relation == Relation.ADMINISTRATIVE and (version := await self.units.open_version(unit.id)):
            await self._check_name(unit.id, version.name_vi, {parent.id}, data.effective_on, "/parent_id")
        for edge in await self.units.open_edges(unit.id):
            if edge.relation == data.relation:
                _check_after(data.effective_on, edge.valid_from)
                edge.valid_to = data.effective_on
        await self.work.flush()
        self._place(unit.id, parent.id, data.relation, data.effective_on, data.decision_number)
        unit.touch()
        unit_id = unit.id
        await self._notify("moved", unit, parent)
        await self.settle()
        return await self.get(unit_id, max(self.work.today, data.effective_on))

    async def set_contact(self, unit: Unit, data: UnitContactIn) -> UnitView:
        """Replace the contact data of the caller's unit or of one below.

        Raises `forbidden` (403), `invalid` (422) for what holds no whole telephone number.
        """
        await self._check_within_scope(unit)
        phones = [number for at, text in enumerate(data.phones) for number in _whole_numbers(text, f"/phones/{at}")]
        for name, value in (data.model_dump() | {"phones": list(dict.fromkeys(phones))}).items():
            setattr(unit, name, value)
        unit.touch()
        await self.work.flush()
        return await self.get(unit.id)

    async def close(self, unit: Unit, data: UnitCloseIn) -> Unit:
        """Close the unit from a day on and record its successors. Its records stay in the scope of its superiors.

        Raises `forbidden` (403) for a unit or successor that is not below the caller, because accusations of staff
        pass to the successor.
        """
        self._check_above(unit)
        if unit.closed_on is not None:
            raise UNIT_FLOW.refusal("closed")
        if await self.units.has_open_children(unit.id, data.effective_on):
            raise _still_has_units()
        current = await self.units.open_version(unit.id)
        dated: list[UnitEdge | UnitVersion] = [*await self.units.open_edges(unit.id), *([current] if current else [])]
        for row in dated:
            _check_after(data.effective_on, row.valid_from)
            row.valid_to = data.effective_on
        unit.closed_on = data.effective_on
        for successor_id in data.successor_ids:
            successor = await self._manageable(successor_id, "/successor_ids")
            self._succeed(unit.id, successor.id, data.kind, data.effective_on, data.decision_number)
        await self._notify("closed", unit)
        for react in self.work.runtime.unit_closed:
            await react(self.work, unit.id)
        return unit

    async def settle(self) -> int:
        """Update paths to today's superiors in one transaction; return the number of moved units."""
        moved: set[UUID] = set()
        while misplaced := await self.units.misplaced(self.work.today):
            unit, parent = misplaced
            if unit.id in moved:
                raise LookupError("units stand below one another in a circle")
            moved.add(unit.id)
            path = f"{parent.org_path}{unit.path_key}/"
            await self.units.rewrite_paths(unit.org_path, path)
            self.work.session.expire_all()
            for react in self.work.runtime.unit_moved:
                await react(self.work, path)
        return len(moved)

    async def any_exist(self) -> bool:
        """Whether any unit exists."""
        return bool(await self.units.by_kind("ministry"))

    async def create_unchecked(self, kind: str, parent: Unit | None, data: UnitDescription) -> Unit:
        """Create a unit without an authorization check, for the root units of an installation."""
        unit = self._add_unit(kind, parent.org_path if parent else ROOT)
        await self._describe(unit, data)
        if parent is not None:
            for relation in Relation:
                self._place(unit.id, parent.id, relation, data.effective_on, data.decision_number)
        await self.work.flush()
        return unit

    async def _notify(self, change: str, unit: Unit, *others: Unit) -> None:
        """Notify the units concerned of a change of name, parent or duration."""
        await self.work.flush()
        data = {"unit_id": str(unit.id), "change": change, "by": str(self.work.actor.id)}
        await NoticeService(self.work).notify_line(unit.org_path, UNIT_CHANGED, None, data, also=others)

    async def _check_within_scope(self, unit: Unit) -> None:
        if not Range.under(self.work.actor.org_path).holds(unit.org_path):
            raise FORBIDDEN()

    def _check_above(self, unit: Unit) -> None:
        """A unit is changed only from above. Raises `forbidden` (403)."""
        if unit.org_path == self.work.actor.org_path or not Range.under(self.work.actor.org_path).holds(unit.org_path):
            raise FORBIDDEN()

    async def _check_name(self, unit_id: UUID, name: str, parent_ids: set[UUID], day: date, pointer: str) -> None:
        """Siblings need distinct names, or reporters and staff confuse them: Xã Ba Tơ and Xã Ba Tô are distinct.

        Raises `invalid` (422).
        """
        others = await self.units.names_alike(_search_text(name), parent_ids, day, unit_id)
        if same_name(name) in map(same_name, others):
            raise invalid(
                pointer,
                "name_taken",
                "Đơn vị khác cùng cấp trên đã có tên này",
                "Another unit right below the same one has this name",
            )

    async def _manageable(self, unit_id: UUID, pointer: str) -> Unit:
        unit = await self._existing(unit_id, pointer)
        await self._check_within_scope(unit)
        return unit

    async def _check_place(self, kind: str, parent: Unit, day: date, pointer: str) -> None:
        """The kind of a unit limits its parents, so that no unit gains rights by its kind. Raises `invalid` (422)."""
        if (kind, parent.kind) not in await self.units.places(day):
            raise invalid(
                pointer,
                "kind_not_below",
                "Loại đơn vị này không trực thuộc đơn vị đó vào ngày ấy",
                "A unit of this kind does not stand below that one on that day",
            )

    async def _existing(self, unit_id: UUID, pointer: str) -> Unit:
        unit = await self.units.find(unit_id)
        if unit is None or unit.is_closed(self.work.today):
            raise unknown_unit(pointer)
        return unit

    def _add_unit(self, kind: str, parent_path: str) -> Unit:
        key = path_key()
        unit = Unit(kind=kind, path_key=key, org_path=f"{parent_path}{key}/", created_at=self.work.now)
        self.units.add(unit)
        return unit

    async def _describe(self, unit: Unit, data: UnitDescription, former: UnitVersion | None = None) -> None:
        """Add a version from a day on; fields absent from `data` keep their former value."""
        await self._check_description(unit, data)
        changes = data.model_dump(include=DESCRIBED, exclude_unset=former is not None)
        unchanged = {name: getattr(former, name) for name in DESCRIBED} if former else {}
        self.units.add(
            UnitVersion(
                unit_id=unit.id,
                search_text=_search_text(data.name_vi),
                valid_from=data.effective_on,
                recorded_at=self.work.now,
                decision_number=data.decision_number,
                **(unchanged | changes),
            )
        )

    async def _check_description(self, unit: Unit, data: UnitDescription) -> None:
        await CodeListService(self.work).check(data, data.effective_on)
        if data.code is not None and await self.units.code_taken(data.code, unit):
            raise invalid("/code", "code_taken", "Mã đã thuộc đơn vị khác", "Another unit has this code")

    def _place(self, child: UUID, parent: UUID, relation: Relation, day: date, decision: str) -> None:
        self.units.add(
            UnitEdge(
                child_id=child,
                parent_id=parent,
                relation=relation,
                valid_from=day,
                decision_number=decision,
                recorded_at=self.work.now,
            )
        )

    def _succeed(self, old: UUID, new: UUID, kind: SuccessionKind, day: date, decision: str) -> None:
        self.units.add(
            UnitSuccession(
                from_id=old, to_id=new, kind=kind, effective_on=day, decision_number=decision, recorded_at=self.work.now
            )
        )


def _whole_numbers(text: str, pointer: str) -> list[str]:
    """Two numbers written as one entry stay two."""
    found = office_numbers(text)
    if not found:
        refused = ("Không phải số điện thoại đầy đủ", "It is no whole telephone number")
        raise invalid(pointer, "not_a_phone_number", *refused)
    return found


def _search_text(name: str) -> str:
    """Folding may lengthen a name: ß is ss."""
    return fold(name)[:SEARCHED]


def _still_has_units() -> Problem:
    return UNIT_FLOW.refusal("open", Text("Đơn vị còn đơn vị trực thuộc", "The unit still has units below it"))


def _check_after(day: date, last: date) -> None:
    if day <= last:
        raise invalid(
            "/effective_on",
            "not_after_last_change",
            "Phải sau lần thay đổi gần nhất",
            "It must come after the last change",
        )
