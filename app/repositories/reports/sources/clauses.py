"""Which rows count, by custody, merges, days and levels: what the sources of cases have in common."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, SQLColumnExpression, String, and_, case, cast, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from app.models.cases.incidents import Incident, IncidentPerson
from app.models.units import Unit, UnitVersion
from app.repositories.base import in_force
from app.repositories.reports.sources.extents import Bounds
from app.repositories.reports.sources.registry import UNKNOWN

PUPILS: Final = ("pupil", "pupil_other_school")
# Neither who reported nor who only saw it is involved, and no figure shows that somebody reported.
INVOLVED: Final = ("victim", "perpetrator", "instigator", "filmed_posted", "cheered", "bystander", "involved")
GRADES: Final = {
    "primary": ("1", "2", "3", "4", "5"),
    "lower_secondary": ("6", "7", "8", "9"),
    "upper_secondary": ("10", "11", "12"),
}


def held(incident: Any, extent: Bounds) -> ColumnElement[bool]:  # noqa: ANN401 — the table or an alias of it
    """Held within the extent at the cut-off: what came down from a superior since counts above (decision 0001)."""
    since = incident.came_down_at > extent.cut_off
    here = and_(extent.covers(incident.org_path), or_(incident.came_down_at.is_(None), ~since))
    return here if extent.came_down is None else or_(here, incident.id.in_(extent.came_down))


def recorded(incident: Any, extent: Bounds) -> ColumnElement[bool]:  # noqa: ANN401 — as above
    """Held within the extent and known at the cut-off."""
    return and_(held(incident, extent), incident.created_at <= extent.cut_off)


def raised(extent: Bounds) -> ColumnElement[bool]:
    """Held above the unit where it happened, because its staff was accused."""
    return or_(Incident.held_by_superior, Incident.came_down_at > extent.cut_off)


def stands(extent: Bounds) -> ColumnElement[bool]:
    """Of several incidents of one event the surviving one; where it lies beyond the extent, the first within."""
    if extent.standing is not None:
        return Incident.id.in_(extent.standing)
    survivor, earlier = aliased(Incident), aliased(Incident)
    return or_(
        Incident.event_id.is_(None),
        and_(
            ~exists().where(survivor.id == Incident.event_id, recorded(survivor, extent)),
            ~exists().where(earlier.event_id == Incident.event_id, earlier.id < Incident.id, recorded(earlier, extent)),
        ),
    )


def counted_at(extent: Bounds) -> ColumnElement[str]:
    """The path at which an incident counts: that of its holder at the cut-off."""
    former = select(Unit.org_path).where(Unit.id == Incident.came_down_from_id).scalar_subquery()
    return case((Incident.came_down_at > extent.cut_off, former), else_=Incident.org_path)


def present(extent: Bounds) -> ColumnElement[bool]:
    """Held, known at the cut-off, and not destroyed since."""
    return and_(recorded(Incident, extent), Incident.destroyed_at.is_(None))


def counted(extent: Bounds) -> ColumnElement[bool]:
    """One incident for each event of the period, without what was dismissed."""
    return and_(present(extent), stands(extent), Incident.state != "dismissed", _in_period(extent))


def stood(
    recorded_at: SQLColumnExpression[Any], withdrawn_at: SQLColumnExpression[Any], extent: Bounds
) -> ColumnElement[bool]:
    """Recorded by the cut-off, and not withdrawn by then."""
    return and_(recorded_at <= extent.cut_off, or_(withdrawn_at.is_(None), withdrawn_at > extent.cut_off))


def among(extent: Bounds) -> ColumnElement[bool]:
    """Of the incidents alone that are named, where some are: each counts for itself, whatever event it describes."""
    return true() if extent.standing is None else Incident.id.in_(extent.standing)


def person_key() -> ColumnElement[str]:
    """A learner once, in whatever events of a school year; who is linked to none counts in each."""
    return func.coalesce(IncidentPerson.learner_digest, cast(IncidentPerson.id, String))


def by_the_end(extent: Bounds) -> ColumnElement[bool]:
    """Happened before the period or in it."""
    unknown = and_(Incident.occurred_on.is_(None), Incident.received_at < extent.until)
    return or_(Incident.occurred_on <= extent.last, unknown)


def _in_period(extent: Bounds) -> ColumnElement[bool]:
    """By the day of the event or, if it is unknown, of the first report, in Việt Nam."""
    unknown = and_(
        Incident.occurred_on.is_(None), Incident.received_at >= extent.since, Incident.received_at < extent.until
    )
    return or_(Incident.occurred_on.between(extent.first, extent.last), unknown)


def has_form(*codes: str) -> ColumnElement[bool]:
    """The engines have no operator in common for what a JSON list has."""
    forms = cast(Incident.forms, String)
    return or_(*(forms.contains(f'"{code}"', autoescape=True) for code in codes))


def known(column: SQLColumnExpression[Any]) -> ColumnElement[str]:
    return func.coalesce(column, UNKNOWN, type_=String)


def level_of_incident(extent: Bounds) -> ColumnElement[str]:
    """The level of all its pupils, where it is one; else that of a unit with one level."""
    level = IncidentPerson.school_level
    of_pupils = (
        select(case((func.min(level) == func.max(level), func.min(level))))
        .where(IncidentPerson.incident_id == Incident.id, IncidentPerson.kind.in_(PUPILS))
        .scalar_subquery()
    )
    return func.coalesce(of_pupils, _sole_level(Incident.unit_id, extent), UNKNOWN, type_=String)


def level_of_person(extent: Bounds) -> ColumnElement[str]:
    """The person's level; else that of a unit with one level; else that of the grade."""
    unit_id = func.coalesce(IncidentPerson.unit_id, Incident.unit_id)
    by_grade = case(*((IncidentPerson.grade.in_(grades), level) for level, grades in GRADES.items()))
    return func.coalesce(IncidentPerson.school_level, _sole_level(unit_id, extent), by_grade, UNKNOWN, type_=String)


def level_of_unit(unit_id: SQLColumnExpression[Any], extent: Bounds) -> ColumnElement[str]:
    """Where it has one."""
    return func.coalesce(_sole_level(unit_id, extent), UNKNOWN, type_=String)


def _sole_level(unit_id: SQLColumnExpression[Any], extent: Bounds) -> ColumnElement[str]:
    levels = UnitVersion.levels
    return (
        select(case((levels[1].as_string().is_(None), levels[0].as_string())))
        .where(UnitVersion.unit_id == unit_id, in_force(UnitVersion, extent.last))
        .scalar_subquery()
    )


def of_kinds(kinds: Collection[str], roles: Collection[str]) -> ColumnElement[bool]:
    return and_(IncidentPerson.kind.in_(kinds), IncidentPerson.role.in_(roles))
