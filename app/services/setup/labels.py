"""The labels of every coded value, by set, as this release has them."""

from collections.abc import Iterator, Mapping
from functools import cache

from app.core.problems import CATALOGUE, Text
from app.core.vocabulary import FileWarning
from app.reference.tables import rows
from app.security.access.roles import MATRIX
from app.security.files.warnings import WARNINGS
from app.services.setup.flows import FLOWS
from app.services.work.work import ALL_WORK

Labels = Mapping[str, Mapping[str, Text]]
# Reference data beside the code lists, each with a label of its own.
REFERENCE = {
    "clock_rule": "clock_rules",
    "competence": "competences",
    "retention_class": "retention_classes",
    "unit_kind": "unit_kinds",
}


@cache
def all_labels() -> Labels:
    """Each set by its name: the flows' states and steps, roles, problems, code lists and other enumerations.

    Of a code with several periods, the label of the last. Areas define their problems on import: not before the start.
    """
    found: dict[str, dict[str, Text]] = {}
    for name, code, text in _labels():
        found.setdefault(name, {})[code] = text
    return found


def _labels() -> Iterator[tuple[str, str, Text]]:
    for flow in FLOWS:
        yield from ((f"{flow.name}_state", state, Text(*label)) for state, label in flow.states.items())
        yield from ((f"{flow.name}_step", action, Text(*label)) for action, label in flow.action_labels().items())
    yield from (("work_kind", work.kind, work.label) for work in ALL_WORK)
    yield from (("role", role, Text(has.label_vi, has.label_en)) for role, has in MATRIX.items())
    yield from (("problem", code, kind.title) for code, kind in sorted(CATALOGUE.items()))
    yield from (("file_warning", warning, WARNINGS[warning]) for warning in FileWarning)
    yield from ((row["set"], row["code"], _text(row)) for row in rows("labels"))
    yield from ((row["list"], row["code"], _text(row)) for row in rows("code_lists"))
    for name, file in REFERENCE.items():
        yield from ((name, row["code"], _text(row)) for row in rows(file))


def _text(row: Mapping[str, str]) -> Text:
    return Text(row["label_vi"], row["label_en"])
