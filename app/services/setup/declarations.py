"""Checks of the declarations of tables, alone and against the retention classes, before the start."""

from collections.abc import Iterable, Mapping

from app.models.registry import UndeclaredError, check, retained_models
from app.reference.tables import rows
from app.repositories.privacy.retention import beginnings


def check_declarations() -> None:
    """Raises UndeclaredError for an incomplete declaration of a table, or a retention class without a table."""
    check()
    check_retention_classes(rows("retention_classes"))


def check_retention_classes(classes: Iterable[Mapping[str, str]]) -> None:
    """Raises UndeclaredError for a retention class without a table, or a declared table without a class."""
    retained, covered = retained_models(), set[str]()
    for row in classes:
        model = retained.get(row["covers"])
        if model is None or row["starts_on"] not in beginnings(model):
            raise UndeclaredError(f"retention class {row['code']}: no table declares what it covers and counts from")
        covered.add(row["covers"])
    if missing := retained.keys() - covered:
        raise UndeclaredError(f"no retention class covers {', '.join(sorted(missing))}: it would never end")
