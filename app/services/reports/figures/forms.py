"""The form that a unit fills in: its template without what is asked only of units with reports below."""

from collections.abc import Collection

from app.core.problems import NOT_FOUND
from app.schemas.reports.definitions import Definition, IndicatorItem, Item, Section, TableItem


def form_of(definition: Definition, *, is_consolidated: bool) -> Definition:
    """What a unit is asked. A section or table of which nothing is left is left out."""
    gone = frozenset[str]() if is_consolidated else _only_above(definition)
    if not gone:
        return definition
    sections = [kept for section in definition.sections if (kept := _section_without(section, gone)) is not None]
    return definition.model_copy(update={"sections": sections})


def section_of(form: Definition, code: str) -> Section:
    """Raises `not_found` (404)."""
    for section in form.sections:
        if section.code == code:
            return section
    raise NOT_FOUND()


def _only_above(definition: Definition) -> frozenset[str]:
    return frozenset(code for code, item in definition.indicators().items() if item.only_above)


def _section_without(section: Section, gone: Collection[str]) -> Section | None:
    items = [kept for item in section.items if (kept := _item_without(item, gone)) is not None]
    return section.model_copy(update={"items": items}) if items else None


def _item_without(item: Item, gone: Collection[str]) -> Item | None:
    if isinstance(item, IndicatorItem):
        return None if item.code in gone else item
    if isinstance(item, TableItem):
        columns = [code for code in item.columns if code not in gone]
        return item.model_copy(update={"columns": columns}) if columns else None
    return item
