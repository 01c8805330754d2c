"""The definition of a template, parsed once in a process for each version."""

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
