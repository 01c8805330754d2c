"""Units as they were on a day. The directory of units is no secret; changing it is the service's to allow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.elements import ColumnElement

from app.core.paging import Page, PageRequest
from app.core.paths import line, parent
from app.core.problems import NOT_FOUND
from app.core.text import fold, untelex
from app.core.vocabulary import Relation
from app.models.units import Unit, UnitEdge, UnitFilter, UnitKind, UnitKindPlace, UnitSuccession, UnitVersion, UnitView
from app.repositories.base import Repository, in_force
from app.security.access.roles import WORKING_LEVELS
from app.security.access.scope import Range

# Folded words, each in the ways in which it may be spelt.
Words = Sequence[tuple[str, ...]]
TOO_MANY = 2000
MOST_CODES = 500
DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Heir:
    """Who took over from a closed unit, from a day on, by a decision; `through` are the closed units between."""

    unit_id: UUID
    since: date
    decision_number: str
    through: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class _Step:
    to_id: UUID
    decision_number: str
    since: date
    to_closed_on: date | None


class UnitRepository(Repository[Unit]):
    model = Unit

    async def of_ids(self, unit_ids: Collection[UUID]) -> list[Unit]:
        return await self.rows(self.select().where(Unit.id.in_(unit_ids)).order_by(Unit.id))

    async def known(self, unit_ids: set[UUID]) -> set[UUID]:
        return set(await self.rows(select(Unit.id).where(Unit.id.in_(unit_ids))))

    async def lock_tree(self, unit: Unit) -> None:
        """Lock moves of units until the transaction ends: two concurrent moves could create a cycle."""
        top = f"/{unit.org_path.split('/')[1]}/"
        await self.session.execute(select(Unit.id).where(Unit.org_path == top).with_for_update())

    async def view(self, unit_id: UUID, as_of: date) -> UnitView | None:
        row = (await self.session.execute(self._views(as_of).where(Unit.id == unit_id))).first()
        if row is None:
            return None
        self.remember(row[0])
        return UnitView(row[0], row[1], row[2], row[3], as_of)

    async def get(self, key: UUID) -> Unit:
        """The unit, or `not_found` (404). One that the session has read already is not read again."""
        found = await self.session.get(Unit, key)
        if found is None:
            raise NOT_FOUND()
        return found

    async def views(self, wanted: UnitFilter, page: PageRequest) -> Page[UnitView]:
        query = self._views(wanted.as_of)
        if wanted.kind:
            query = query.where(Unit.kind.in_(wanted.kind))
        if wanted.query is not None:
            query = query.where(_asked(wanted.query))
        if wanted.parent_id is not None:
            children = select(UnitEdge.child_id).where(
                UnitEdge.parent_id == wanted.parent_id,
                UnitEdge.relation == wanted.relation,
                in_force(UnitEdge, wanted.as_of),
            )
            query = query.where(Unit.id.in_(children))
        if page.before is not None:
            query = query.where(Unit.id < page.before)
        rows = (await self.session.execute(query.order_by(Unit.id.desc()).limit(page.limit + 1))).all()
        views = [UnitView(row[0], row[1], row[2], row[3], wanted.as_of) for row in rows[: page.limit]]
        return Page(views, len(rows) > page.limit)

    def _views(self, as_of: date) -> Select[Unit, UnitVersion, UUID, UUID]:
        governs, directs = aliased(UnitEdge), aliased(UnitEdge)
        return (
            select(Unit, UnitVersion, governs.parent_id, directs.parent_id)
            .join(UnitVersion, and_(UnitVersion.unit_id == Unit.id, in_force(UnitVersion, as_of)))
            .outerjoin(governs, _line(governs, Relation.ADMINISTRATIVE, as_of))
            .outerjoin(directs, _line(directs, Relation.PROFESSIONAL, as_of))
        )

    async def names(self, unit_ids: set[UUID], as_of: date) -> dict[UUID, UnitVersion]:
        found = await self.rows(
            select(UnitVersion).where(UnitVersion.unit_id.in_(unit_ids), in_force(UnitVersion, as_of))
        )
        return {version.unit_id: version for version in found}

    async def below(self, unit_id: UUID, paths: Collection[str], as_of: date) -> list[Unit]:
        """The units directly below one on a day, and those at the paths: closed ones are below none."""
        edges = select(UnitEdge.child_id).where(UnitEdge.parent_id == unit_id, in_force(UnitEdge, as_of))
        children = edges.where(UnitEdge.relation == Relation.ADMINISTRATIVE)
        return await self.rows(self.select().where(or_(Unit.id.in_(children), Unit.org_path.in_(paths))))

    async def last_names(self, unit_ids: Collection[UUID], as_of: date) -> dict[UUID, UnitVersion]:
        """The name of each on a day: of a closed unit its last, of one yet to be founded its first."""
        versions = select(UnitVersion).where(UnitVersion.unit_id.in_(unit_ids)).order_by(UnitVersion.valid_from)
        names: dict[UUID, UnitVersion] = {}
        for version in await self.rows(versions):
            if version.valid_from <= as_of:
                names[version.unit_id] = version
            names.setdefault(version.unit_id, version)
        return names

    async def levels(self, unit_id: UUID, first: date, until: date | None) -> list[str]:
        """The school levels that a unit has on some day of a period, in order."""
        query = select(UnitVersion).where(
            UnitVersion.unit_id == unit_id, or_(UnitVersion.valid_to.is_(None), UnitVersion.valid_to > first)
        )
        if until is not None:
            query = query.where(UnitVersion.valid_from < until)
        rows = await self.rows(query.order_by(UnitVersion.valid_from))
        return list(dict.fromkeys(level for row in rows for level in row.levels))

    async def named(self, asked: Sequence[Words]) -> list[list[UnitVersion]] | None:
        """For each run of words the names, of today or former, that hold them all, or whose code one word is.

        In one query; None where they name more units than anybody means.
        """
        if not asked:
            return []
        query = select(UnitVersion).where(or_(*(_named(words) for words in asked)))
        rows = await self.rows(query.order_by(UnitVersion.id).limit(TOO_MANY))
        return [[row for row in rows if _is_named(row, words)] for words in asked] if len(rows) < TOO_MANY else None

    async def by_codes(self, codes: Collection[str], within: Range, as_of: date) -> dict[str, Unit]:
        """The units of a range that have these codes on a day."""
        query = select(UnitVersion.code, Unit).join(Unit, Unit.id == UnitVersion.unit_id)
        of_day = query.where(UnitVersion.code.in_(codes), in_force(UnitVersion, as_of), within.covers(Unit.org_path))
        return {str(code): unit for code, unit in await self.session.execute(of_day)}

    async def open_version(self, unit_id: UUID) -> UnitVersion | None:
        return await self.first(
            select(UnitVersion).where(UnitVersion.unit_id == unit_id, UnitVersion.valid_to.is_(None))
        )

    async def code_taken(self, code: str, unit: Unit) -> bool:
        """Whether another unit of the kind that is not closed has the code now or is decided to have it."""
        other = (
            select(UnitVersion.id)
            .join(Unit, Unit.id == UnitVersion.unit_id)
            .where(UnitVersion.code == code, UnitVersion.valid_to.is_(None))
            .where(Unit.id != unit.id, Unit.kind == unit.kind, Unit.closed_on.is_(None))
        )
        return await self.exists(other)

    async def codes_of_others(self, codes: Collection[str], unit_id: UUID) -> set[str]:
        """Those of the codes that other units have or had, and this one never."""
        wanted, holders = sorted(codes), set[tuple[str, UUID]]()
        for start in range(0, len(wanted), MOST_CODES):
            query = select(UnitVersion).where(UnitVersion.code.in_(wanted[start : start + MOST_CODES]))
            holders |= {(str(version.code), version.unit_id) for version in await self.rows(query)}
        return {code for code, _ in holders} - {code for code, holder in holders if holder == unit_id}

    async def names_alike(self, search_text: str, parent_ids: Collection[UUID], day: date, unit_id: UUID) -> list[str]:
        """The names, alike without diacritics, that other units right below the parents have on `day` or later."""
        others = (
            select(UnitVersion.name_vi)
            .join(UnitEdge, UnitEdge.child_id == UnitVersion.unit_id)
            .where(UnitVersion.search_text == search_text, _lasts(UnitVersion, day), UnitVersion.unit_id != unit_id)
            .where(UnitEdge.relation == Relation.ADMINISTRATIVE, _lasts(UnitEdge, day))
            .where(UnitEdge.parent_id.in_(parent_ids))
        )
        return await self.rows(others)

    async def parents(self, unit_id: UUID, day: date) -> set[UUID]:
        """Whom the unit stands right below on `day`, or is decided to later."""
        edges = select(UnitEdge.parent_id).where(UnitEdge.child_id == unit_id, _lasts(UnitEdge, day))
        return set(await self.rows(edges.where(UnitEdge.relation == Relation.ADMINISTRATIVE)))

    async def open_edges(self, unit_id: UUID) -> list[UnitEdge]:
        edges = select(UnitEdge).where(UnitEdge.child_id == unit_id, UnitEdge.valid_to.is_(None))
        return await self.rows(edges)

    async def line_above(self, unit_id: UUID, relation: Relation, day: date) -> set[UUID]:
        """The unit and all that stand above it on `day`, or are decided to stand there later."""
        line, newest = set[UUID](), {unit_id}
        while newest:
            line |= newest
            above = select(UnitEdge.parent_id).where(
                UnitEdge.child_id.in_(newest),
                UnitEdge.relation == relation,
                or_(UnitEdge.valid_to.is_(None), UnitEdge.valid_to > day),
            )
            newest = set(await self.rows(above)) - line
        return line

    async def has_open_children(self, unit_id: UUID, day: date) -> bool:
        return await self.exists(select(UnitEdge.id).where(UnitEdge.parent_id == unit_id, _lasts(UnitEdge, day)))

    async def history(self, unit_id: UUID) -> tuple[list[UnitVersion], list[UnitEdge], list[UnitSuccession]]:
        versions = await self._dated(UnitVersion, UnitVersion.unit_id, unit_id)
        edges = await self._dated(UnitEdge, UnitEdge.child_id, unit_id)
        successions = await self.rows(
            select(UnitSuccession)
            .where(or_(UnitSuccession.from_id == unit_id, UnitSuccession.to_id == unit_id))
            .order_by(UnitSuccession.effective_on)
        )
        return versions, edges, successions

    async def _dated(self, model: Any, column: InstrumentedAttribute[UUID], unit_id: UUID) -> list[Any]:  # noqa: ANN401
        return await self.rows(select(model).where(column == unit_id).order_by(model.valid_from))

    async def successors(self, unit_ids: Collection[UUID]) -> set[UUID]:
        """All that took over from the units, directly or after one another: their staff went there."""
        return await self._chained(unit_ids, UnitSuccession.from_id, UnitSuccession.to_id)

    async def heirs(self, unit_ids: Collection[UUID]) -> dict[UUID, Heir]:
        """The unit that took over from each closed one, through others that were closed since; none of several."""
        units = aliased(Unit)
        query = (
            select(UnitSuccession.from_id, UnitSuccession.to_id, UnitSuccession.decision_number)
            .add_columns(Unit.closed_on, units.closed_on)
            .join(Unit, Unit.id == UnitSuccession.from_id)
            .join(units, units.id == UnitSuccession.to_id)
        )
        steps: dict[UUID, list[_Step]] = {}
        rows = await self.session.execute(query.where(Unit.closed_on.is_not(None)))
        for old, new, decision, since, closed_on in rows:
            steps.setdefault(old, []).append(_Step(new, decision, since or date.max, closed_on))
        found = {unit_id: _heir(unit_id, steps) for unit_id in steps.keys() & set(unit_ids)}
        return {unit_id: heir for unit_id, heir in found.items() if heir is not None}

    async def predecessors(self, unit_ids: Collection[UUID]) -> set[UUID]:
        """All that the units took over from, directly or after one another."""
        return await self._chained(unit_ids, UnitSuccession.to_id, UnitSuccession.from_id)

    async def _chained(
        self, unit_ids: Collection[UUID], of: InstrumentedAttribute[UUID], side: InstrumentedAttribute[UUID]
    ) -> set[UUID]:
        found, newest = set[UUID](), set(unit_ids)
        while newest:
            newest = set(await self.rows(select(side).where(of.in_(newest)))) - found
            found |= newest
        return found

    async def misplaced(self, day: date) -> tuple[Unit, Unit] | None:
        """The unit nearest the root whose path does not yet follow the superior it has on `day`, with that one."""
        superior = aliased(Unit)
        rows = await self.session.execute(
            select(Unit, superior)
            .join(UnitEdge, _line(UnitEdge, Relation.ADMINISTRATIVE, day))
            .join(superior, superior.id == UnitEdge.parent_id)
            .where(Unit.org_path != superior.org_path + Unit.path_key + "/")
            .order_by(func.length(Unit.org_path), Unit.id)
            .limit(1)
        )
        return next(((child, above) for child, above in rows), None)

    async def rewrite_paths(self, old: str, new: str) -> None:
        """Move a whole subtree; every scoped row follows by its composite foreign key."""
        await self.session.execute(
            update(Unit)
            .where(Range.under(old).covers(Unit.org_path))
            .values(org_path=new + func.substr(Unit.org_path, len(old) + 1))
            .execution_options(synchronize_session=False)
        )

    async def kinds(self) -> list[UnitKind]:
        return await self.rows(select(UnitKind).order_by(UnitKind.code))

    async def signer_title(self, kind: str) -> str | None:
        """The title of the head of a unit of the kind."""
        return await self.first(select(UnitKind.signer_title_vi).where(UnitKind.code == kind))

    async def places(self, day: date) -> list[tuple[str, str]]:
        """Each kind with a kind below whose units it may stand on a day."""
        query = select(UnitKindPlace.kind, UnitKindPlace.parent_kind).where(in_force(UnitKindPlace, day))
        rows = await self.session.execute(query.order_by(UnitKindPlace.kind, UnitKindPlace.parent_kind))
        return [(kind, parent_kind) for kind, parent_kind in rows]

    async def leads_province(self, unit_id: UUID) -> bool:
        """Whether the unit decides for a whole province: a department with no department above it."""
        return await self.exists(select(Unit.id).where(Unit.id == unit_id, leads()))

    async def by_kind(self, kind: str) -> list[Unit]:
        """Open units of one kind, those nearest the root first."""
        query = self.select().where(Unit.kind == kind, Unit.closed_on.is_(None))
        return await self.rows(query.order_by(func.length(Unit.org_path), Unit.id))

    async def at(self, org_path: str) -> Unit:
        """The unit at a path. Raises LookupError where there is none: every scoped row hangs on one."""
        found = await self.first(self.select().where(Unit.org_path == org_path))
        if found is None:
            raise LookupError("no unit at the path")
        return found

    async def in_line(self, org_path: str, kind: str) -> Unit | None:
        """The unit of a kind at `org_path` or above it."""
        query = self.select().where(Unit.org_path.in_(line(org_path)), Unit.kind == kind)
        return await self.first(query)

    async def above(self, org_path: str) -> Unit | None:
        """The unit right above the one at `org_path`."""
        return await self.first(self.select().where(Unit.org_path == parent(org_path)))

    async def superiors(self, org_path: str) -> list[Unit]:
        """All above the unit at a path, the nearest first."""
        query = self.select().where(Unit.org_path.in_(line(parent(org_path))))
        return await self.rows(query.order_by(func.length(Unit.org_path).desc()))

    async def working_level_above(self, org_path: str) -> Unit | None:
        """The nearest unit above the one at a path that works on cases."""
        above = await self.superiors(org_path)
        return next((unit for unit in above if unit.kind in WORKING_LEVELS), None)


def _heir(unit_id: UUID, steps: Mapping[UUID, Sequence[_Step]]) -> Heir | None:
    """The only unit at the end of a succession that works on."""
    passed, ends, last_days = set[UUID](), dict[UUID, str](), list[date]()
    newest = {unit_id}
    while newest:
        passed |= newest
        taken = [step for each in newest for step in steps.get(each, ())]
        last_days += [step.since for step in taken]
        ends |= {step.to_id: step.decision_number for step in taken if step.to_closed_on is None}
        newest = {step.to_id for step in taken if step.to_closed_on is not None} - passed
    if len(ends) != 1:
        return None
    ((heir, decision),) = ends.items()
    return Heir(heir, max(last_days), decision, frozenset(passed))


def _lasts(model: Any, day: date) -> ColumnElement[bool]:  # noqa: ANN401 — a dated model
    """In force on `day` or decided to be later."""
    lasts: ColumnElement[bool] = or_(model.valid_to.is_(None), model.valid_to > day)
    return lasts


def leads() -> ColumnElement[bool]:
    """Of a statement's units those that are a department with no department above."""
    above = aliased(Unit)
    upper = select(above.id).where(
        above.kind == DEPARTMENT, above.id != Unit.id, Unit.org_path.startswith(above.org_path)
    )
    return and_(Unit.kind == DEPARTMENT, ~upper.correlate(Unit).exists())


def _line(edge: Any, relation: Relation, day: date) -> ColumnElement[bool]:  # noqa: ANN401 — UnitEdge or an alias
    return and_(edge.child_id == Unit.id, edge.relation == relation, in_force(edge, day))


def _named(words: Words) -> ColumnElement[bool]:
    padded = literal(" ") + UnitVersion.search_text + " "
    holds = and_(true(), *(or_(*(padded.contains(f" {w} ", autoescape=True) for w in spelt)) for spelt in words))
    return or_(holds, func.lower(UnitVersion.code) == words[0][0]) if len(words) == 1 else holds


def _is_named(row: UnitVersion, words: Words) -> bool:
    known = set(row.search_text.split())
    is_code = len(words) == 1 and row.code is not None and row.code.lower() == words[0][0]
    return is_code or all(not known.isdisjoint(spelt) for spelt in words)


def _asked(text: str) -> ColumnElement[bool]:
    """Every word is somewhere in the name, the last one perhaps half typed; or the whole is the code."""
    said = fold(text)
    holds = [
        or_(*(UnitVersion.search_text.contains(w, autoescape=True) for w in {word, untelex(word)} if w))
        for word in said.split()
    ]
    return or_(and_(true(), *holds), func.lower(UnitVersion.code) == said)
