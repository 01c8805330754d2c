"""Where a statement has SQL as a string: no criteria reach what it reads."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import BinaryExpression, BindParameter, Cast, ColumnClause, Extract, Label, TextClause, UnaryExpression
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ExpressionClauseList, quoted_name
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.selectable import HasHints, HasPrefixes, HasSuffixes, NamedFromClause
from sqlalchemy.types import TypeDecorator, TypeEngine

# What PostgreSQL takes for an operator, without the beginning of a comment.
OPERATOR: Final = re.compile(r"(?:(?!--|/\*)[-+*/<>=~!@#%^&|?])+")
WORD: Final = re.compile(r"[\w .-]*")
Check = Callable[[Any], bool]


def is_raw(element: Any) -> bool:  # noqa: ANN401 — any part of a statement
    """Whether this part, without what it contains, has text that is sent as it is."""
    return any(check(element) for check in _checks(cast("Any", type(element))))


@cache
def _checks(kind: type[Any]) -> tuple[Check, ...]:
    """What is looked at in a part of this class. Any class but SQLAlchemy's own may render whatever it likes."""
    if not kind.__module__.startswith("sqlalchemy."):
        return (_always,)
    return tuple(check for base, check in CHECKS if issubclass(kind, base))


def _always(_: object) -> bool:
    return True


def _literal(column: Any) -> bool:  # noqa: ANN401 — a part that has what is read here, as below
    return bool(column.is_literal and column.name != "*")


def _prefixed(part: Any) -> bool:  # noqa: ANN401
    return bool(part._prefixes)  # noqa: SLF001 — there are no public names for these


def _suffixed(part: Any) -> bool:  # noqa: ANN401
    return bool(part._suffixes)  # noqa: SLF001


def _hinted(part: Any) -> bool:  # noqa: ANN401
    return bool(part._hints or getattr(part, "_statement_hints", ()))  # noqa: SLF001


def _operated(part: Any) -> bool:  # noqa: ANN401
    operators = (getattr(part, name, None) for name in ("operator", "modifier", "negate"))
    return any(isinstance(each, custom_op) and not OPERATOR.fullmatch(each.opstring) for each in operators)


def _extracted(part: Any) -> bool:  # noqa: ANN401
    return not WORD.fullmatch(part.field)


def _unquoted(part: Any) -> bool:  # noqa: ANN401
    name = getattr(part, "name", None)
    return isinstance(name, quoted_name) and name.quote is False


def _typed(part: Any) -> bool:  # noqa: ANN401
    return any(map(_is_raw_type, _types(part.type)))


def _types(whole: TypeEngine[Any]) -> Iterator[TypeEngine[Any]]:
    yield whole
    for value in (*vars(whole).values(), *getattr(whole, "_variant_mapping", {}).values()):
        if isinstance(value, TypeEngine) and value is not whole:
            yield from _types(value)


def _is_raw_type(one: TypeEngine[Any]) -> bool:
    own = isinstance(one, TypeDecorator) or type(one).__module__.startswith("sqlalchemy.")
    return not own or not all(WORD.fullmatch(each) for each in vars(one).values() if isinstance(each, str))


CHECKS: Final[tuple[tuple[Any, Check], ...]] = (
    (TextClause, _always),
    (ColumnClause, _literal),
    (HasPrefixes, _prefixed),
    (HasSuffixes, _suffixed),
    (HasHints, _hinted),
    (UpdateBase, _hinted),
    (BinaryExpression, _operated),
    (UnaryExpression, _operated),
    (ExpressionClauseList, _operated),
    (Extract, _extracted),
    (Cast, _typed),
    (BindParameter, _typed),
    *((named, _unquoted) for named in (ColumnClause, Label, NamedFromClause, FunctionElement)),
)
