"""School years: dated data that the department decides. All days of invented years are invented."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report
from app.models.reports.templates import ReportTemplate
from app.models.units import Unit
from app.security.access.scope import ALL
from app.services.school_years.school_years import SchoolYearService
from app.services.setup.reference_data import load_reference_data
from tests.conftest import ENGINES
from tests.factories.http import API, assert_problem, ok
from tests.factories.school_years import put_school_year, term
from tests.world import Client, World, open_world

YEARS = f"{API}/school-years"


@pytest_asyncio.fixture(scope="module", params=ENGINES)
async def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world of its own: no year that another test invents overlaps those that are set here."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    async with open_world(tmp_path_factory.mktemp(f"school-years-{request.param}"), server) as opened:
        yield opened


@pytest.fixture
async def officer(world: World) -> Client:
    return await world.client("so.officer")


async def year_on(world: World, day: str) -> str:
    async with world.runtime.work(ALL, write=False) as work:
        return (await SchoolYearService(work).on(date.fromisoformat(day))).year.code


@pytest.mark.parametrize(
    ("day", "year"),
    [
        ("2026-08-01", "2025-2026"),
        ("2026-08-07", "2025-2026"),
        ("2026-08-21", "2025-2026"),
        ("2026-08-22", "2026-2027"),
        ("2025-06-15", "2024-2025"),
    ],
)
async def test_a_day_of_the_summer_belongs_to_the_year_just_ended(world: World, day: str, year: str) -> None:
    assert await year_on(world, day) == year


async def test_what_is_only_expected_says_so(world: World) -> None:
    years = {each["code"]: each for each in ok(await (await world.client("a1.teacher")).get(YEARS))}
    assert years["2025-2026"]["is_confirmed"]
    assert not years["2026-2027"]["is_confirmed"]
    assert years["2025-2026"]["until"] == years["2026-2027"]["starts_on"]
    assert [each["code"] for each in years["2025-2026"]["terms"]] == ["first", "second"]


class TestSetting:
    async def test_the_department_sets_a_year_with_its_terms(self, officer: Client) -> None:
        first, second = term("first", "2040-09-05", "2041-01-10"), term("second", "2041-01-12", "2041-05-25")
        days = {"starts_on": "2040-08-25", "ends_on": "2041-05-31"}
        made = ok(await put_school_year(officer, "2040-2041", **days, terms=[second, first]))
        assert [each["code"] for each in made["terms"]] == ["first", "second"]
        changed = ok(await put_school_year(officer, "2040-2041", **days, terms=[first | {"ends_on": "2041-01-14"}]))
        assert changed == ok(await officer.get(f"{YEARS}/2040-2041"))
        assert [each["ends_on"] for each in changed["terms"]] == ["2041-01-14"]

    @pytest.mark.parametrize("who", ["phong_a.officer", "a1.head", "so.inspector"])
    async def test_nobody_else_does(self, world: World, who: str) -> None:
        assert_problem(await put_school_year(await world.client(who)), 403, "forbidden")

    @pytest.mark.parametrize(
        ("change", "pointer", "code"),
        [
            ({"starts_on": "2030-08-22"}, "/starts_on", "outside_year"),
            ({"ends_on": "2051-05-31"}, "/ends_on", "outside_year"),
            ({"terms": [term("first", "2050-08-01", "2051-01-10")]}, "/terms/0/starts_on", "outside_year"),
            ({"terms": [term("first", "2050-09-05", "2051-06-10")]}, "/terms/0/ends_on", "outside_year"),
            ({"terms": [term("first", "2050-09-05", "2050-09-05")]}, "/terms/0/ends_on", "ends_before_start"),
            ({"terms": [term("first", "2050-09-05", "2050-12-05")] * 2}, "/terms/1/code", "repeated"),
            (
                {"terms": [term("second", "2050-12-01", "2051-05-05"), term("first", "2050-09-05", "2050-12-05")]},
                "/terms/0/starts_on",
                "overlaps",
            ),
            ({"terms": [term("third", "2050-09-05", "2050-12-05")]}, "/terms/0/code", "literal_error"),
        ],
    )
    async def test_days_that_contradict_one_another_are_refused(
        self, officer: Client, change: dict[str, Any], pointer: str, code: str
    ) -> None:
        days = {"starts_on": "2050-08-22", "ends_on": "2051-05-31"}
        if "ends_on" in change:
            change = {"ends_on": "2052-05-31"}
        refused = await put_school_year(officer, "2050-2051", **(days | {"terms": []} | change))
        assert_problem(refused, 422, code, pointer)
        assert_problem(await officer.get(f"{YEARS}/2050-2051"), 404, "not_found")

    async def test_two_years_never_overlap(self, officer: Client) -> None:
        days = {"starts_on": "2024-08-22", "ends_on": "2025-08-25", "terms": []}
        assert_problem(await put_school_year(officer, "2024-2025", **days), 422, "overlaps", "/ends_on")
        days = {"starts_on": "2026-05-31", "ends_on": "2027-05-31", "terms": []}
        assert_problem(await put_school_year(officer, "2026-2027", **days), 422, "overlaps", "/starts_on")

    @pytest.mark.parametrize("code", ["2026-2028", "2027-2026"])
    async def test_a_year_names_two_years_in_turn(self, officer: Client, code: str) -> None:
        assert_problem(await put_school_year(officer, code), 422, "years_not_in_turn", "school_year")

    async def test_a_year_of_which_a_report_is_locked_keeps_its_days(self, world: World, officer: Client) -> None:
        days = {"starts_on": "2060-08-22", "ends_on": "2061-05-31", "terms": []}
        ok(await put_school_year(officer, "2060-2061", **days))
        await lock_report(world, "2060-2061")
        moved = days | {"ends_on": "2061-05-30"}
        assert_problem(await put_school_year(officer, "2060-2061", **moved), 409, "school_year_in_use")
        assert ok(await put_school_year(officer, "2060-2061", **days, source="13/QĐ-MẪU"))["source"] == "13/QĐ-MẪU"

    async def test_a_release_changes_no_year_that_is_set(self, world: World, officer: Client) -> None:
        before = ok(await officer.get(f"{YEARS}/2023-2024"))
        days = {name: before[name] for name in ("starts_on", "ends_on", "is_confirmed")}
        ok(await put_school_year(officer, "2023-2024", **days, source="14/QĐ-MẪU", terms=[]))
        async with world.runtime.work(ALL) as work:
            await load_reference_data(work)
            await work.commit()
        after = ok(await officer.get(f"{YEARS}/2023-2024"))
        assert (after["source"], after["terms"]) == ("14/QĐ-MẪU", [])


async def lock_report(world: World, code: str) -> None:
    """A locked report of another province in a year."""
    async with world.runtime.work(ALL) as work:
        unit, first = await work.session.get_one(Unit, world.units["school_z"]), date(2060, 8, 22)
        template = ReportTemplate(
            code=f"mau-{code}",
            number=1,
            label_vi="Mẫu thử",
            label_en="A template of tests",
            definition={},
            digest="0" * 64,
            valid_from=first,
            created_at=work.now,
        )
        period = ReportPeriod(
            unit_id=unit.id,
            org_path=unit.org_path,
            code=f"KY-{code}",
            kind="yearly",
            template_id=template.id,
            school_year=code,
            starts_on=first,
            ends_on=first,
            cut_off_at=work.now,
            dues=[],
            created_at=work.now,
            created_by=unit.id,
        )
        report = Report(
            unit_id=unit.id,
            org_path=unit.org_path,
            code=f"BC-{code}",
            period_id=period.id,
            state="locked",
            due_on=first,
            due_at=work.now,
            locked_at=work.now,
            created_at=work.now,
            cipher=work.new_cipher(),
        )
        work.session.add_all([template, period, report])
        await work.commit()
