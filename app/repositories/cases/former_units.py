"""What staff of a former unit do not see: cases in which that unit's staff are accused (decision 0001).

The guard adds it to every statement of a session with former units.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from app.core.scoping import AccessClass
from app.models.base import Scoped
from app.models.cases.incidents import ACCUSED_ROLES, STAFF_KINDS, Incident, IncidentPerson
from app.models.declarations import columns_about
from app.models.intakes.intakes import AccusedUnit, Intake, IntakeLink
from app.security.access.criteria import Units


def apart_from_accused(model: type[Scoped], former_units: Units) -> ColumnElement[bool]:
    """The rows of a table that are about no event, and no intake of one, in which the units' staff are accused."""
    if model.__access_class__ is not AccessClass.CASE:
        return true()
    incidents, intakes = columns_about(model, Incident.__tablename__), columns_about(model, Intake.__tablename__)
    clauses = [_not_in(getattr(model, name), _accusing(former_units)) for name in incidents]
    for name in intakes:
        clauses += [_not_in(getattr(model, name), accusing) for accusing in _intakes_accusing(former_units)]
    return and_(true(), *clauses)


def _accusing(former_units: Units) -> Select[UUID]:
    """Incidents of an event in any of whose incidents staff of the former units are accused."""
    # Aliases, for a table of the statement's own would be correlated to it.
    persons, accusing, incidents = (t.__table__.alias().c for t in (IncidentPerson, Incident, Incident))
    events = select(func.coalesce(accusing.event_id, accusing.id)).where(
        persons.incident_id == accusing.id,
        persons.role.in_(ACCUSED_ROLES),
        persons.kind.in_(STAFF_KINDS),
        # Those who were cleared still do not read who accused them.
        persons.finding.is_distinct_from("corrected"),
        func.coalesce(persons.unit_id, accusing.unit_id).in_(former_units),
    )
    return select(incidents.id).where(func.coalesce(incidents.event_id, incidents.id).in_(events))


def _intakes_accusing(former_units: Units) -> Iterator[Select[UUID]]:
    """Intakes that accuse staff of the former units, and those of incidents that do."""
    accused, links = (t.__table__.alias().c for t in (AccusedUnit, IntakeLink))
    yield select(accused.intake_id).where(accused.unit_id.in_(former_units))
    yield select(links.intake_id).where(links.incident_id.in_(_accusing(former_units)))


def _not_in(column: Any, rows: Any) -> ColumnElement[bool]:  # noqa: ANN401 — a mapped column and a SELECT
    """A row that names none stays visible: NULL NOT IN (…) would drop it."""
    clause: ColumnElement[bool] = column.is_(None) | column.not_in(rows)
    return clause
