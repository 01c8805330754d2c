"""The definition of a template: as it is stored, and parsed once in a process for each version."""

from typing import Any

from app.models.reports.templates import ReportTemplate
from app.schemas.reports.definitions import Definition


class Definitions:
    """The parsed definitions of published versions, which are frozen, by their digest."""

    def __init__(self) -> None:
        self._parsed: dict[str, Definition] = {}

    def of(self, template: ReportTemplate) -> Definition:
        if template.published_at is None:
            return Definition.model_validate(template.definition)
        if template.digest not in self._parsed:
            self._parsed[template.digest] = Definition.model_validate(template.definition)
        return self._parsed[template.digest]


def stored(definition: Definition) -> dict[str, Any]:
    """The document without what is default, so that a member added to the form changes no older document."""
    return definition.model_dump(mode="json", exclude_defaults=True)
