"""The definition of a report template: sections, items and rules, as one JSON document."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.coded import InList
from app.core.labels import LabelledBy
from app.core.vocabulary import Dimension
from app.schemas.base import Code, Flag, In, Integer, Line, Narrative, OneLine

ItemCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Za-z0-9_]{0,39}$")]
SectionCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
# Dimensions in order, each with a code.
Cell = Annotated[str, StringConstraints(pattern=r"^[a-z_]+=[a-z0-9_]+(;[a-z_]+=[a-z0-9_]+)*$", max_length=200)]
Label = Annotated[OneLine, StringConstraints(max_length=300)]


CODE_LISTS: dict[Dimension, str] = {
    Dimension.SCHOOL_LEVEL: "school_level",
    Dimension.GRADE: "grade",
    Dimension.SEX: "sex",
    Dimension.AGE_BAND: "age_band",
    Dimension.ROLE: "person_role",
    Dimension.FORM: "incident_form",
    Dimension.LOCATION: "location",
    Dimension.SEVERITY: "severity",
    Dimension.INJURY_OUTCOME: "injury_outcome",
    Dimension.OWNERSHIP: "ownership",
    Dimension.MEASURE: "discipline_measure",
    Dimension.CHANNEL: "referral_channel",
    Dimension.AUTHORITY: "referral_authority",
}


class Measure(StrEnum):
    """How a figure is stored: a count; numerator and denominator; minutes; 1 or 0 for yes and no."""

    COUNT = "count"
    RATIO = "ratio"
    DURATION = "duration"
    YES_NO = "yes_no"


class RollUp(StrEnum):
    """How the level above makes its figure of those below."""

    SUM = "sum"
    RATIO = "ratio"
    COUNT_UNITS = "count_units"
    DISTINCT = "distinct"
    MEDIAN = "median"
    RECOMPUTED = "recomputed"
    NONE = "none"


class Sensitivity(StrEnum):
    """What leaves the official chain: everything but small cells of persons, or totals alone."""

    OPEN = "open"
    PERSONS = "persons"
    TOTALS_ONLY = "totals_only"


class Register(StrEnum):
    """A register that will compute a figure, which is typed until then."""

    DOCUMENTS = "documents"
    TASKS = "tasks"
    COMMITMENTS = "commitments"
    AGREEMENTS = "agreements"
    ACTIVITIES = "activities"
    TRAINING = "training"
    LEARNERS = "learners"
    CHECKS = "checks"
    BOARDS = "boards"
    CONTENT_ALERTS = "content_alerts"
    COUNSELLING = "counselling"
    HEALTH = "health"
    UNIT_PROFILES = "unit_profiles"
    SELF_ASSESSMENTS = "self_assessments"
    MODELS = "models"
    AWARDS = "awards"


class NarrativeItem(In):
    kind: Annotated[Literal["narrative"], LabelledBy("report_item_kind")]
    code: ItemCode
    label_vi: Label
    label_en: Label
    is_required: Flag = True
    max_length: Integer = Field(20_000, ge=1, le=20_000)


class EvidenceItem(In):
    kind: Annotated[Literal["evidence"], LabelledBy("report_item_kind")]
    code: ItemCode
    label_vi: Label
    label_en: Label
    is_required: Flag = False


class Formula(In):
    """A figure made of others of the same report.

    `sum`: the numerators added. `quotient`: the numerators over the denominators. `change`: the numerators of this
    year as numerator over those of the year before as denominator; what is shown is the difference in percent.
    """

    kind: Annotated[Literal["quotient", "sum", "change"], LabelledBy("formula_kind")]
    numerator: list[ItemCode] = Field(min_length=1, max_length=20)
    denominator: list[ItemCode] = Field(default_factory=list, max_length=20)

    @property
    def operands(self) -> tuple[ItemCode, ...]:
        return (*self.numerator, *self.denominator)


class IndicatorItem(In):
    kind: Annotated[Literal["indicator"], LabelledBy("report_item_kind")]
    code: ItemCode
    label_vi: Label
    label_en: Label
    unit_vi: Label
    unit_en: Label
    measure: Measure
    roll_up: RollUp
    breakdowns: list[list[Dimension]] = Field(
        default_factory=list, max_length=12, description="Each a set of dimensions; one alone is the usual case"
    )
    source: OneLine | None = Field(None, description="Name of a computed source; empty for a typed figure")
    awaits: Register | None = Field(None, description="The register that will compute it; typed until then")
    denominator: OneLine | None = Field(
        None, description="Name of the computed source of the denominator, also where the numerator is typed"
    )
    formula: Formula | None = Field(None, description="With the roll-up `recomputed`")
    not_for_levels: list[Annotated[Code, InList("school_level")]] = Field(
        default_factory=list, max_length=10, description="School levels to which it does not apply"
    )
    only_above: Flag = Field(
        default=False, description="Asked only of units to which others report, such as a bureau; none below has it"
    )
    is_required: Flag = True
    target_percent: Integer | None = Field(None, ge=0, le=100)
    sensitivity: Sensitivity = Sensitivity.OPEN
    note_vi: Line | None = None
    note_en: Line | None = None


class TableItem(In):
    """Rows by the codes of a list; each column is an indicator of its own, broken down by that list."""

    kind: Annotated[Literal["table"], LabelledBy("report_item_kind")]
    code: ItemCode
    label_vi: Label
    label_en: Label
    rows: Dimension
    columns: list[ItemCode] = Field(min_length=1, max_length=12)


Item = Annotated[NarrativeItem | EvidenceItem | IndicatorItem | TableItem, Field(discriminator="kind")]


class Section(In):
    code: SectionCode
    label_vi: Label
    label_en: Label
    intro_vi: Narrative | None = None
    items: list[Item] = Field(min_length=1, max_length=100)


class Strength(StrEnum):
    """`error` blocks a complete submission; `explain` asks for a text that the reviewer sees; `warning` is shown."""

    ERROR = "error"
    WARNING = "warning"
    EXPLAIN = "explain"


class Side(In):
    """A sum of items, or a constant. The numerator of a ratio, unless `part` says otherwise."""

    items: list[ItemCode] = Field(default_factory=list, max_length=20)
    cell: Cell | None = Field(None, description="A cell, such as `sex=female`; null: the total")
    part: Annotated[Literal["numerator", "denominator", "previous"], LabelledBy("side_part")] = "numerator"
    constant: Integer = Field(0, ge=-(10**12), le=10**12)


Comparison = Annotated[Literal["eq", "le", "lt", "ge", "gt"], LabelledBy("comparison")]


class Condition(In):
    left: Side
    comparison: Comparison
    right: Side


class Rule(In):
    code: SectionCode
    strength: Strength
    when: Condition | None = Field(None, description="The rule is asked only where this is true")
    asked_of: Annotated[Literal["all", "single", "consolidated"], LabelledBy("asked_of")] = Field(
        "all", description="`single`: of units with no report below; `consolidated`: made of reports below"
    )
    left: Side
    comparison: Comparison
    right: Side
    text_vi: Line
    text_en: Line


class Definition(In):
    sections: list[Section] = Field(min_length=1, max_length=40)
    rules: list[Rule] = Field(default_factory=list, max_length=200)
    title_vi: Label
    title_en: Label
    document_symbol: OneLine = Field("BC", description="Type of document in its symbol (Decree 30/2020, annex III)")

    nil_item: ItemCode | None = Field(None, description="The item by which a unit declares that nothing happened")

    def indicators(self) -> dict[str, IndicatorItem]:
        """Every indicator by its code, in order."""
        return {i.code: i for section in self.sections for i in section.items if isinstance(i, IndicatorItem)}

    def section_of(self, item: str) -> Section | None:
        return next((s for s in self.sections if any(i.code == item for i in s.items)), None)

    def section_of_rule(self, rule: Rule) -> Section:
        """Where a rule is shown and explained: the section of the first item that it compares."""
        return self.section_of_first(*rule.left.items, *rule.right.items)

    def section_of_first(self, *items: str) -> Section:
        """The section of the first of the items that the form has, else the first section."""
        found = (self.section_of(item) for item in items)
        return next((section for section in found if section is not None), self.sections[0])


def cell_key(codes: dict[str, str]) -> str:
    """The key of a cell, such as `age_band=6_10;sex=female`; empty for the total."""
    return ";".join(f"{name}={codes[name]}" for name in sorted(codes))


def codes_of_cell(cell: str) -> dict[str, str]:
    """The code of each dimension of a cell, none for the total: the inverse of `cell_key`."""
    return dict(part.partition("=")[::2] for part in cell.split(";")) if cell else {}
