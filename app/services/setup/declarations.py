"""What tables declare, checked once before anything is served: by itself, and against the retention classes."""

from collections.abc import Iterable, Mapping

from app.models.registry import UndeclaredError, check, retained_models
from app.repositories.privacy.retention import beginnings
from app.services.setup.reference_data import rows


def check_declarations() -> None:
    """Raises UndeclaredError for a table that leaves open what holds for it, or a retention class of no record."""
    check()
    check_retention_classes(rows("retention_classes"))


def check_retention_classes(classes: Iterable[Mapping[str, str]]) -> None:
    """Raises UndeclaredError where a class covers what no table declares, or no class covers what one declares."""
    retained, covered = retained_models(), set[str]()
    for each in classes:
        model = retained.get(each["covers"])
        if model is None or each["starts_on"] not in beginnings(model):
            raise UndeclaredError(f"retention class {each['code']}: no table declares what it covers and counts from")
        covered.add(each["covers"])
    if missing := retained.keys() - covered:
        raise UndeclaredError(f"no retention class covers {', '.join(sorted(missing))}: it would never end")
