"""The filters that lists of cases have in common, as clauses: the unit of the case, and changed since a moment."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.models.base import Pending
from app.models.cases.incidents import Incident
from app.models.units import Unit
from app.security.access.listings import Filters


def of_unit(asked: Filters, column: SQLColumnExpression[UUID | None]) -> list[ColumnElement[bool]]:
    """That a column names the unit that is asked for, or with `below` one that stands below it."""
    if "unit_id" not in asked:
        return []
    if asked.flag("below"):
        return [column.in_(units_below(lambda named: named.id == asked["unit_id"]))]
    return [column == asked["unit_id"]]


def of_units_case(asked: Filters, incident_id: SQLColumnExpression[UUID | None]) -> list[ColumnElement[bool]]:
    """That the incident of a row is the unit's."""
    found = of_unit(asked, Incident.unit_id)
    return [incident_id.in_(select(Incident.id).where(*found))] if found else []


def units_below(which: Callable[[type[Unit]], ColumnElement[bool]]) -> Select[UUID]:
    """Some units and all that stand below them."""
    named, below = aliased(Unit), aliased(Unit)
    upto = func.substr(named.org_path, 1, func.length(named.org_path) - 1) + "0"
    within = select(below.id).join(named, and_(below.org_path >= named.org_path, below.org_path < upto))
    return within.where(which(named))


def updated(asked: Filters, model: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 — a model that is `Updated`
    """That a row changed since the moment that is asked for; of an anonymous caller's row the hour is compared."""
    return changed_at(asked, model, model.updated_at)


def changed_at(
    asked: Filters, model: type[Any], moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
) -> list[ColumnElement[bool]]:
    if "updated_since" not in asked:
        return []
    exact = moment >= asked["updated_since"]
    if not issubclass(model, Pending):
        return [exact]
    return [or_(exact, and_(model.visible_from.is_not(None), moment >= asked["updated_hour"]))]
