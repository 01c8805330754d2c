"""The reporting chain by the rules of the product: who reports to whom, and what a change of superiors does."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest

from app.core.ids import new_id
from app.models.reports.rules import ReportChainRule
from app.reference.tables import rows
from app.services.reports.periods.chain import Place, Superior, kinds_below, places

DAY = date(2027, 8, 1)
COMMITTEE, DEPARTMENT, BUREAU, COMMUNE, SCHOOL = (new_id() for _ in range(5))
PATHS = {COMMITTEE: "/t/", DEPARTMENT: "/t/s/", BUREAU: "/t/s/p/", COMMUNE: "/t/s/x/"}
KINDS = {COMMITTEE: "provincial_committee", DEPARTMENT: "department", BUREAU: "bureau", COMMUNE: "commune"}


@pytest.fixture(scope="module")
def rules() -> list[ReportChainRule]:
    return [
        ReportChainRule(
            kind=row["kind"],
            recipient_kind=row["recipient_kind"],
            relation=row["relation"],
            is_reviewed=row["is_reviewed"] == "true",
            is_confirmed=row["is_confirmed"] == "true",
            valid_from=date.fromisoformat(row["valid_from"]),
            position=position,
            source=row["source"],
        )
        for position, row in enumerate(rows("report_chain"))
    ]


def under(
    superior: UUID,
    unit: UUID = SCHOOL,
    kind: str = "school",
    *,
    relation: str = "administrative",
    path: str | None = None,
    closed_on: date | None = None,
) -> Superior:
    own = path or f"{PATHS[superior]}u/"
    return Superior(unit, kind, own, relation, superior, KINDS[superior], PATHS[superior], closed_on)


def recipients(found: Sequence[Place]) -> dict[UUID, UUID | None]:
    return {place.unit_id: place.recipient_id for place in found}


@pytest.mark.parametrize("superior", [BUREAU, COMMUNE, DEPARTMENT])
def test_a_school_reports_to_its_bureau_its_commune_or_right_to_the_department(
    rules: list[ReportChainRule], superior: UUID
) -> None:
    row = [under(superior)]
    assert recipients(places(row, row, rules, DAY)) == {SCHOOL: superior}


def test_who_directs_the_profession_is_no_recipient(rules: list[ReportChainRule]) -> None:
    row = [under(COMMUNE), under(DEPARTMENT, relation="professional", path="/t/s/x/u/")]
    assert recipients(places(row, row, rules, DAY)) == {SCHOOL: COMMUNE}


def test_the_department_reports_to_the_committee_which_reviews_nothing_here(rules: list[ReportChainRule]) -> None:
    row = [under(COMMITTEE, DEPARTMENT, "department", path="/t/s/")]
    (place,) = places(row, row, rules, DAY)
    assert (place.recipient_id, place.is_reviewed) == (COMMITTEE, False)


def test_a_department_without_a_committee_reports_to_nobody_here(rules: list[ReportChainRule]) -> None:
    ministry = new_id()
    row = [Superior(DEPARTMENT, "department", "/b/s/", "administrative", ministry, "ministry", "/b/", None)]
    (place,) = places(row, row, rules, DAY)
    assert (place.recipient_id, place.is_reviewed) == (None, False)


def test_a_school_right_under_the_ministry_and_an_agency_owe_nothing(rules: list[ReportChainRule]) -> None:
    ministry = new_id()
    row = [
        Superior(SCHOOL, "school", "/b/u/", "administrative", ministry, "ministry", "/b/", None),
        under(DEPARTMENT, new_id(), "agency"),
    ]
    assert places(row, row, rules, DAY) == []


def test_a_bureau_abolished_since_gives_way_to_the_commune_of_today(rules: list[ReportChainRule]) -> None:
    then = [under(BUREAU, path="/t/s/x/u/", closed_on=DAY)]
    assert recipients(places(then, [under(COMMUNE)], rules, DAY)) == {SCHOOL: COMMUNE}


def test_a_bureau_closed_later_is_still_the_recipient(rules: list[ReportChainRule]) -> None:
    then = [under(BUREAU, closed_on=date(2027, 9, 1))]
    assert recipients(places(then, then, rules, DAY)) == {SCHOOL: BUREAU}


def test_who_joined_after_the_last_day_owes_nothing(rules: list[ReportChainRule]) -> None:
    assert places([], [under(BUREAU)], rules, DAY) == []


def test_a_bureau_asks_its_schools_and_a_department_all_levels(rules: list[ReportChainRule]) -> None:
    assert set(kinds_below("bureau", rules)) == {"bureau", "school"}
    assert set(kinds_below("department", rules)) == {"department", "bureau", "commune", "school"}
