"""Statements to which the scope's criteria cannot be added, or in which text could read anything, are refused."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Insert,
    String,
    UnaryExpression,
    cast,
    delete,
    extract,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.orm import join as orm_join
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.types import UserDefinedType

from app.core.ids import new_id
from app.models.base import Base
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.units import UnitKind
from app.security.access.criteria import ScopeError
from app.security.access.prepared import Shape
from app.security.access.scope import Scope, prepare
from tests.world import World

pytestmark = pytest.mark.isolation
FOREIGN = "SELECT location FROM incident LIMIT 1"
ID = new_id()
theirs: Any = aliased(Incident)
code: Any = UnitKind.code


class RawType(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return f"text), ({FOREIGN}), abs(1"


class RawPart(ColumnElement[str]):
    inherit_cache = True
    type = String()


@compiles(RawPart)
def _written(*_: object, **__: object) -> str:
    return f"({FOREIGN})"


def unquoted(text: str) -> Any:
    return quoted_name(text, quote=False)


def kind_from(**values: Any) -> Insert:
    return insert(UnitKind).values(code="bia", label_en="", **values)


SELECTS: dict[str, Callable[[], Any]] = {
    "full join": lambda: select(UnitKind.code, Incident.location).join(Incident, code == Incident.group, full=True),
    "full join of core": lambda: select(Incident.location).select_from(
        orm_join(UnitKind, Incident, code == Incident.group, full=True)
    ),
    "full join in a derived table": lambda: select(
        select(Incident.location).join(UnitKind, code == Incident.group, full=True).subquery()
    ),
    "prefix": lambda: select(code).prefix_with(f"({FOREIGN}) AS a,"),
    "suffix": lambda: select(code).suffix_with(f"UNION ALL {FOREIGN}"),
    "suffix of a CTE": lambda: select(select(code).cte("c").suffix_with(f"-- {FOREIGN}").c.code),
    "hint of the statement": lambda: select(code).with_statement_hint(f"UNION ALL {FOREIGN}"),
    "hint of a table": lambda: select(code).with_hint(UnitKind, FOREIGN),
    "operator": lambda: select(code.op(f"|| ({FOREIGN}) ||")("")),
    "comparison": lambda: select(code).where(code.bool_op(f"= '' UNION ALL {FOREIGN} --")("")),
    "operator of words": lambda: select(code.op("LIKE")("")),
    "operator with a comment": lambda: select(code.op("||--")("")),
    "operator with a long comment": lambda: select(code.op("||/*")("")),
    "operator of one side": lambda: select(
        UnaryExpression(code, operator=custom_op(f"({FOREIGN}) ||"), type_=String())
    ),
    "operator in a function": lambda: select(func.max(code.op(f"|| ({FOREIGN}) ||")(""))),
    "field of a date": lambda: select(extract(f"year FROM now()), ({FOREIGN}), abs(1", UnitKind.valid_from)),
    "unquoted label": lambda: select(code.label(unquoted(f"a, ({FOREIGN}) AS b"))),
    "unquoted alias": lambda: select(select(code).subquery(unquoted(f"a UNION ALL {FOREIGN} --")).c.code),
    "type of its own": lambda: select(cast(code, RawType())),
    "array of such a type": lambda: select(cast(code, ARRAY(RawType()))),
    "fields of an interval": lambda: select(cast(code, INTERVAL(fields=f"), ({FOREIGN}"))),
    "type of a value": lambda: select(code).where(code == literal("", INTERVAL(fields=f"), ({FOREIGN}"))),
    "construct of its own": lambda: select(code, RawPart()),
}
WRITES: dict[str, Callable[[], Any]] = {
    "insert of an entity's value": lambda: kind_from(label_vi=select(Incident.location).scalar_subquery()),
    "insert of an alias's value": lambda: kind_from(label_vi=select(theirs.location).scalar_subquery()),
    "insert of a derived alias's value": lambda: kind_from(
        label_vi=select(select(theirs.location).subquery().c.location).scalar_subquery()
    ),
    "insert from an entity": lambda: insert(UnitKind).from_select(["code"], select(Incident.location)),
    "insert from an alias": lambda: insert(UnitKind).from_select(["code"], select(theirs.location)),
    "insert with a prefix": lambda: kind_from(label_vi="").prefix_with("INTO incident --"),
    "update from an entity": lambda: update(UnitKind).values(label_vi=Incident.location).where(Incident.id == ID),
    "update where an entity": lambda: update(UnitKind).values(label_vi="").where(Incident.id == ID),
    "update from an alias": lambda: update(UnitKind).values(label_vi=theirs.location).where(theirs.id == ID),
    "update from its own alias": lambda: update(Incident).values(location=theirs.location).where(theirs.id == ID),
    "update from a part": lambda: update(Incident).values(location=IncidentPerson.kind).where(IncidentPerson.id == ID),
    "update from a table": lambda: update(UnitKind).values(label_vi=Incident.__table__.c.location),
    "update by an operator": lambda: update(UnitKind).values(label_vi=code.op(f"|| ({FOREIGN}) ||")("")),
    "update with a prefix": lambda: update(UnitKind).prefix_with("incident SET location = 'x' --").values(label_vi=""),
    "update with a hint": lambda: update(UnitKind).with_hint(FOREIGN).values(label_vi=""),
    "update that returns an entity": lambda: update(UnitKind).values(label_vi="").returning(Incident.location),
    "delete using an entity": lambda: delete(UnitKind).where(code == Incident.location),
    "delete using an alias": lambda: delete(IncidentPerson).where(IncidentPerson.incident_id == theirs.id),
}


@pytest.mark.parametrize("made", [*SELECTS.values(), *WRITES.values()], ids=[*SELECTS, *WRITES])
async def test_a_statement_out_of_the_criterias_reach_is_refused(world: World, made: Callable[[], Any]) -> None:
    async with world.runtime.work(Scope()) as work:
        with pytest.raises(ScopeError):
            await work.session.execute(made())


@pytest.mark.parametrize("made", SELECTS.values(), ids=SELECTS)
def test_a_refused_statement_is_not_prepared(made: Callable[[], Any]) -> None:
    with pytest.raises(ScopeError):
        prepare(made(), Shape.of(Scope()))


async def test_what_criteria_reach_is_not_refused(world: World) -> None:
    async with world.runtime.work(Scope()) as work:
        incidents = select(Incident.location).where(Incident.id == ID)
        for statement in (
            select(code.op("||")("x").label("joined")),
            select(code, extract("year", UnitKind.valid_from)),
            select(code, Incident.location).outerjoin(Incident, code == Incident.group),
            update(UnitKind).values(label_vi=incidents.scalar_subquery()).where(code == "none"),
            update(Incident).values(location="x").where(Incident.id.in_(select(IncidentPerson.incident_id))),
            delete(IncidentPerson).where(IncidentPerson.incident_id.in_(select(theirs.id))),
        ):
            await work.session.execute(statement)


@pytest.mark.parametrize("mapper", Base.registry.mappers, ids=lambda mapper: str(mapper.class_.__name__))
def test_an_entity_loads_the_columns_of_its_table_and_nothing_else(mapper: Any) -> None:
    """The guard sees what a statement names: a relationship or a computed property would load more."""
    assert (list(mapper.relationships), mapper.inherits) == ([], None)
    assert {tuple(each.columns) for each in mapper.column_attrs} == {(each,) for each in mapper.local_table.columns}
    assert set(mapper.attrs) == {*mapper.column_attrs, *mapper.composites, *mapper.synonyms}
