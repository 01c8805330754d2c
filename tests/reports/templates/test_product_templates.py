"""The templates that come with a release: the sixty indicators of Directive 02, and the urgent report."""

import re
from datetime import date
from importlib.resources import files

import pytest
from sqlalchemy import select

from app.core.canonical_json import digest_of
from app.core.vocabulary import Dimension
from app.models.reports.templates import ReportTemplate
from app.reference.tables import rows
from app.repositories.reports.sources import SOURCES
from app.schemas.reports.definitions import Definition, IndicatorItem, Sensitivity
from app.security.access.scope import ALL
from app.services.reports.figures.rules import broken_rules
from app.services.reports.figures.values import Value
from app.services.reports.templates.definitions import stored
from app.services.reports.templates.known import known_of
from app.services.reports.templates.product_templates import (
    FaultyTemplateError,
    load_product_templates,
    product_templates,
)
from app.services.reports.templates.rule_checks import check_definition
from tests.world import World

YEARLY = "directive_02_yearly"
PRESCHOOL = {"nursery", "kindergarten"}
# How many indicators each section of the list has; every one of the sixty is a figure or several.
SIXTY = {"TH": 15, "N1": 3, "N2": 6, "N3": 5, "N4": 4, "N5": 5, "N6": 3, "N7": 5, "N8": 2, "N9": 8, "N10": 3, "N11": 1}


def yearly() -> Definition:
    return next(each.definition for each in product_templates() if each.code == YEARLY)


def indicators() -> dict[str, IndicatorItem]:
    return yearly().indicators()


def test_templates_of_the_release_name_only_what_there_is() -> None:
    known = known_of((row["list"], row["code"]) for row in rows("code_lists"))
    found = list(product_templates())
    assert {each.code for each in found} == {YEARLY, "urgent_ad_hoc"}
    assert {each.code: check_definition(each.definition, known) for each in found} == {YEARLY: [], "urgent_ad_hoc": []}


def test_the_yearly_report_has_each_of_the_sixty_and_a_result_of_each_task() -> None:
    sixty = {f"{head}{n:02}" for head, last in SIXTY.items() for n in range(1, last + 1)}
    assert len(sixty) == 60
    numbers = {code.rstrip("abc") for code in indicators()}
    assert numbers - {"TH16", "TH17"} == sixty
    sections = yearly().sections
    tasks = [f"task_{n}" for n in range(1, 12)]
    assert [section.code for section in sections] == ["situation", *tasks, "assessment", "proposals", "evidence"]
    for section in sections[:-1]:
        assert any(item.kind == "narrative" for item in section.items), section.code


def test_what_is_computed_is_in_the_yearly_report_or_is_a_denominator_of_it() -> None:
    used = {name for item in indicators().values() for name in (item.source, item.denominator)}
    beside = {"incidents_abuse", "pupils_start", "reports_owed"}
    assert SOURCES.keys() - used == beside, "abuse is counted by victims, what is owed or asked within its ratio"


def test_nothing_happened_is_declared_by_an_item_that_contradicts_every_count_of_incidents() -> None:
    named = yearly().nil_item
    assert named == "TH15"
    counted = {
        code
        for code, item in indicators().items()
        if code.startswith("TH") and item.source and item.source.startswith(("incidents_", "persons_", "girls_"))
    }
    broken = {code for code in counted if f"nil:{named}" in codes(yearly(), {(code, ""): 1, (named, ""): 1})}
    # What goes back to incidents of earlier years.
    assert counted - broken == {"TH07", "TH14"}
    [asked] = [each for each in yearly().rules if each.code == "nothing_is_declared" and each.when is not None]
    # Parts of others, and what only units with reports below have.
    assert broken - set(asked.when.left.items if asked.when else ()) == {"TH02", "TH03", "TH06", "TH16"}


def codes(definition: Definition, figures: dict[tuple[str, str], int]) -> set[str]:
    """The rules that figures break."""
    return {rule.code for rule in broken_rules(definition, {key: Value(number) for key, number in figures.items()})}


def test_a_figure_has_one_number_and_one_unit() -> None:
    for code, item in indicators().items():
        assert not re.search(r"[;,]", item.unit_vi), code


def test_preschool_is_not_asked_about_counselling() -> None:
    """Circular 18/2025 does not cover preschool: not applicable, which is no zero."""
    excluded = {code for code, item in indicators().items() if item.not_for_levels}
    assert excluded == {"N403", "N901", "N902a", "N902b"}
    assert all(set(indicators()[code].not_for_levels) == PRESCHOOL for code in excluded)


def test_the_most_sensitive_figures_leave_as_totals_alone() -> None:
    totals = {code for code, item in indicators().items() if item.sensitivity is Sensitivity.TOTALS_ONLY}
    assert totals == {"TH08", "N902a", "N902b"}
    open_pupils = {
        code for code, item in indicators().items() if item.unit_en == "pupils" and item.sensitivity is Sensitivity.OPEN
    }
    assert open_pupils == set(), "small cells of pupils are hidden"


def test_no_figure_is_broken_down_by_unit_sex_and_age() -> None:
    for item in indicators().values():
        assert all(not {Dimension.SEX, Dimension.AGE_BAND} <= set(each) for each in item.breakdowns)


def test_the_urgent_report_is_made_of_texts_alone() -> None:
    urgent = next(each.definition for each in product_templates() if each.code == "urgent_ad_hoc")
    assert {item.kind for section in urgent.sections for item in section.items} == {"narrative"}


async def published(world: World) -> list[ReportTemplate]:
    async with world.runtime.work(ALL) as work:
        query = select(ReportTemplate).where(ReportTemplate.code == YEARLY, ReportTemplate.unit_id.is_(None))
        return list(await work.session.scalars(query.order_by(ReportTemplate.number)))


async def test_a_release_publishes_its_templates_once(world: World) -> None:
    [template] = await published(world)
    assert (template.number, template.published_at is not None) == (1, True)
    assert template.digest == digest_of(template.definition) == digest_of(stored(yearly()))
    assert Definition.model_validate(template.definition) == yearly()
    async with world.runtime.work(ALL) as work:
        await load_product_templates(work, rows("code_lists"))
        assert not work.session.new
        assert not work.session.dirty


async def test_a_changed_file_is_the_next_number_and_ends_the_one_before(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        former = await work.session.scalar(select(ReportTemplate).where(ReportTemplate.code == YEARLY))
        assert former is not None
        former.digest, former.valid_from = "0" * 64, date(2020, 1, 1)
        await work.flush()
        await load_product_templates(work, rows("code_lists"))
        await work.flush()
        query = select(ReportTemplate).where(ReportTemplate.code == YEARLY).order_by(ReportTemplate.number)
        first, second = await work.session.scalars(query)
        assert (second.number, first.valid_to) == (2, second.valid_from)


async def test_a_template_that_names_what_there_is_not_stops_the_loading(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        with pytest.raises(FaultyTemplateError, match=YEARLY):
            await load_product_templates(work, [row for row in rows("code_lists") if row["list"] != "sex"])


def test_the_files_are_part_of_the_package() -> None:
    assert files("app.reference").joinpath("report_templates", f"{YEARLY}.json").is_file()
