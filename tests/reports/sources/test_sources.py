"""What each computed source counts, by hand-built facts."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import update

from app.core.time import utc_now
from app.core.vocabulary import Dimension
from app.models.reports.reports import Report
from app.models.units import UnitVersion
from app.reference.tables import rows
from app.repositories.reports.sources import SOURCES
from app.schemas.reports.definitions import CODE_LISTS
from app.security.access.scope import ALL
from app.services.reports.templates.product_templates import product_templates
from tests.factories.cases import discipline_form, set_severity, transition
from tests.factories.figures import (
    PUPIL,
    Asked,
    asking,
    count_cells,
    count_figures,
    count_one,
    create_event,
    dismiss_event,
    list_contributions,
    set_person,
)
from tests.factories.http import API, ok
from tests.factories.referrals import create_referral
from tests.factories.reports import create_chain
from tests.factories.school_years import pupils, put_roster_count, roster_path
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

GIRL: Final = {"sex": "female", "estimated_age": 12}
BOY: Final = {"sex": "male", "estimated_age": 9}
LEVEL, GRADE, SEX, BAND = Dimension.SCHOOL_LEVEL, Dimension.GRADE, Dimension.SEX, Dimension.AGE_BAND
ROLE, FORM, PLACE, INJURY = Dimension.ROLE, Dimension.FORM, Dimension.LOCATION, Dimension.INJURY_OUTCOME


@pytest_asyncio.fixture
async def counted(school: StaffedUnit) -> Asked:
    return Asked(school.id)


async def violence(school: StaffedUnit, **form: Any) -> str:
    return await create_event(school.head, **form)


class TestIncidents:
    async def test_violence_counts_by_place_form_and_the_level_of_its_pupils(
        self, school: StaffedUnit, counted: Asked
    ) -> None:
        one = await violence(
            school, forms=["physical_violence", "social_violence"], location="school_gate", children=[GIRL]
        )
        await set_person(school.head, one, "victim", school_level="lower_secondary")
        await violence(school, forms=["physical_violence"])
        await create_event(school.head, group="child_abuse")
        head = school.head
        assert await count_one(head, counted, "incidents_violence") == 2
        assert await count_cells(head, counted, "incidents_violence", PLACE) == {"school_gate": 1, "unknown": 1}
        assert await count_cells(head, counted, "incidents_violence", LEVEL) == {"lower_secondary": 1, "unknown": 1}
        forms = await count_cells(head, counted, "incidents_violence", FORM)
        assert forms == {"physical_violence": 2, "social_violence": 1}, "one event may have several forms"

    async def test_pupils_of_several_levels_give_no_level(self, school: StaffedUnit, counted: Asked) -> None:
        one = await violence(school, children=[GIRL], accused=[PUPIL])
        await set_person(school.head, one, "victim", school_level="primary")
        await set_person(school.head, one, "perpetrator", school_level="lower_secondary")
        assert await count_cells(school.head, counted, "incidents_violence", LEVEL) == {"unknown": 1}

    async def test_day_of_the_event_decides_or_else_that_of_the_report_in_viet_nam(self, school: StaffedUnit) -> None:
        await violence(school, occurred_on="2026-07-31")
        await violence(school, occurred_on="2026-08-01")
        await violence(school, occurred_on=None, received_at="2026-07-31T16:59:59Z")
        await violence(school, occurred_on=None, received_at="2026-07-31T17:00:00Z")
        assert await count_one(school.head, Asked(school.id), "incidents_violence") == 2
        before = Asked(school.id, first=date(2025, 8, 1), last=date(2026, 7, 31))
        assert await count_one(school.head, before, "incidents_violence") == 2

    async def test_what_was_dismissed_or_recorded_after_the_cut_off_counts_nowhere(self, school: StaffedUnit) -> None:
        await dismiss_event(school.head, await violence(school))
        known = utc_now()
        await violence(school)
        assert await count_one(school.head, Asked(school.id), "incidents_violence") == 1
        assert await count_one(school.head, Asked(school.id, cut_off=known), "incidents_violence") == 0

    async def test_online_bullying_is_by_form_or_by_place(self, school: StaffedUnit, counted: Asked) -> None:
        await create_event(school.head, group="online", forms=["online_violence"])
        await violence(school, location="online")
        await create_event(school.head, group="online", forms=["online_fraud"])
        await create_event(school.head, group="injury_safety", location="online")
        assert await count_one(school.head, counted, "incidents_online_bullying") == 2

    async def test_injury_counts_by_the_gravest(self, school: StaffedUnit, counted: Asked) -> None:
        one = await violence(school, children=[GIRL], accused=[PUPIL])
        await set_person(school.head, one, "victim", injury_outcome="hospital")
        await set_person(school.head, one, "perpetrator", injury_outcome="first_aid")
        unhurt = await violence(school, children=[BOY])
        await set_person(school.head, unhurt, "victim", injury_outcome="none")
        assert await count_one(school.head, counted, "incidents_injury") == 1
        assert await count_cells(school.head, counted, "incidents_injury", INJURY) == {"hospital": 1}

    async def test_unsettled_is_what_was_open_at_the_cut_off_whenever_it_happened(self, school: StaffedUnit) -> None:
        old = await violence(school, occurred_on="2026-03-03")
        await violence(school)
        open_then = utc_now()
        path = f"{API}/incidents/{old}"
        await dismiss_event(school.head, old)
        assert await count_one(school.head, Asked(school.id), "incidents_unsettled") == 1
        assert await count_one(school.head, Asked(school.id, cut_off=open_then), "incidents_unsettled") == 2
        ok(await transition(school.head, path, "reopen", reason="Bịa"))
        assert await count_one(school.head, Asked(school.id), "incidents_unsettled") == 2

    async def test_traffic_and_abuse_have_sources_of_their_own(self, school: StaffedUnit, counted: Asked) -> None:
        await create_event(school.head, group="injury_safety", forms=["traffic_accident"])
        await create_event(school.head, group="crime_or_law_violation", forms=["traffic_violation"])
        await create_event(school.head, group="child_abuse")
        assert await count_one(school.head, counted, "incidents_traffic") == 1
        assert await count_one(school.head, counted, "incidents_abuse") == 1


class TestPersons:
    async def test_involved_pupils_count_and_who_reported_never_does(self, school: StaffedUnit, counted: Asked) -> None:
        one = await violence(school, children=[GIRL], accused=[PUPIL, {"kind": "outsider"}])
        await set_person(school.head, one, "victim", grade="7")
        for role in ("reporter", "witness"):
            body = {"role": role, "kind": "pupil", "sex": "female"}
            ok(await school.head.post(f"{API}/incidents/{one}/persons", body), 201)
        head = school.head
        assert await count_one(head, counted, "persons_violence") == 2
        assert await count_one(head, counted, "girls_violence") == 1
        assert await count_cells(head, counted, "persons_violence", ROLE) == {"perpetrator": 1, "victim": 1}
        assert await count_cells(head, counted, "persons_violence", SEX) == {"female": 1, "unknown": 1}
        assert await count_cells(head, counted, "persons_violence", BAND) == {"11_14": 1, "unknown": 1}
        assert await count_cells(head, counted, "persons_violence", GRADE) == {"7": 1, "unknown": 1}
        assert await count_cells(head, counted, "persons_violence", LEVEL) == {"lower_secondary": 1, "unknown": 1}

    async def test_two_dimensions_together_add_up(self, school: StaffedUnit, counted: Asked) -> None:
        await violence(school, children=[GIRL, BOY], accused=[PUPIL])
        wanted = asking("persons_violence", breakdowns=[[SEX, BAND]])
        found = await count_figures(school.head, counted, wanted)
        assert found == {
            ("X", ""): (3, None),
            ("X", "age_band=11_14;sex=female"): (1, None),
            ("X", "age_band=6_10;sex=male"): (1, None),
            ("X", "age_band=unknown;sex=unknown"): (1, None),
        }

    async def test_abused_are_victims_who_are_no_adults(self, school: StaffedUnit, counted: Asked) -> None:
        adult = {"sex": "female", "estimated_age": 30}
        await create_event(school.head, group="child_abuse", location="home", children=[GIRL, adult], accused=[PUPIL])
        assert await count_one(school.head, counted, "persons_abuse") == 1
        assert await count_cells(school.head, counted, "persons_abuse", PLACE) == {"home": 1}

    async def test_each_kind_of_wrong_has_its_pupils(self, school: StaffedUnit, counted: Asked) -> None:
        head = school.head
        theft = {"group": "crime_or_law_violation", "forms": ["theft_robbery", "traffic_violation"]}
        await create_event(head, **theft, children=[GIRL], accused=[PUPIL])
        smoke = {"group": "substance_tobacco", "forms": ["e_cigarette", "drugs"]}
        await create_event(head, **smoke, accused=[PUPIL, PUPIL])
        await create_event(head, group="social_evil", forms=["gambling"], accused=[PUPIL])
        await create_event(head, group="injury_safety", forms=["drowning"], children=[BOY], accused=[PUPIL])
        totals = {
            "persons_law_violation": 1,
            "persons_traffic_violation": 1,
            "persons_tobacco": 2,
            "persons_drugs_social_evils": 3,
            "incidents_drowning_injury": 1,
            "persons_violence": 0,
        }
        assert {name: await count_one(head, counted, name) for name in totals} == totals
        assert await count_cells(head, counted, "persons_tobacco", FORM) == {"e_cigarette": 2}, "not the drugs"

    async def test_level_is_the_persons_or_the_schools_or_that_of_the_grade(
        self, world: World, school: StaffedUnit, counted: Asked
    ) -> None:
        one = await violence(school, children=[GIRL], accused=[PUPIL])
        await set_person(school.head, one, "perpetrator", school_level="upper_secondary", grade="6")
        await set_levels(world, school, ["primary"])
        assert await count_cells(school.head, counted, "persons_violence", LEVEL) == {
            "primary": 1,
            "upper_secondary": 1,
        }
        assert await count_cells(school.head, counted, "incidents_violence", LEVEL) == {"upper_secondary": 1}
        await set_levels(world, school, ["primary", "lower_secondary"])
        assert await count_cells(school.head, counted, "persons_violence", LEVEL) == {
            "unknown": 1,
            "upper_secondary": 1,
        }


async def set_levels(world: World, school: StaffedUnit, levels: list[str]) -> None:
    """Say of which levels a school always was."""
    async with world.runtime.work(ALL) as work:
        await work.session.execute(update(UnitVersion).where(UnitVersion.unit_id == school.id).values(levels=levels))
        await work.commit()


async def acknowledge(client: Client, referral_id: str) -> None:
    path = f"{API}/referrals/{referral_id}"
    ok(await transition(client, path, "acknowledge", at=utc_now().isoformat(), person="Bà Bịa"))


class TestActs:
    async def test_pupil_with_two_measures_counts_once_and_in_the_cell_of_each(
        self, school: StaffedUnit, counted: Asked
    ) -> None:
        one = await violence(school, accused=[PUPIL, PUPIL])
        path = f"{API}/incidents/{one}"
        first, second = (person["id"] for person in ok(await school.head.get(f"{path}/persons")))
        for person, measure, day in (
            (first, "criticism", "2026-10-06"),
            (first, "self_criticism", "2026-10-07"),
            (second, "criticism", "2026-10-08"),
            (second, "reminder", "2026-07-01"),
        ):
            body = discipline_form(person, measure=measure, decided_on=day)
            ok(await school.head.post(f"{path}/disciplines", body), 201)
        assert await count_one(school.head, counted, "persons_disciplined") == 2
        cells = await count_cells(school.head, counted, "persons_disciplined", Dimension.MEASURE)
        assert cells == {"criticism": 2, "self_criticism": 1}

    async def test_referrals_count_over_all_of_the_period(self, school: StaffedUnit, counted: Asked) -> None:
        received = utc_now() - timedelta(hours=5)
        one = await violence(school, received_at=received.isoformat())
        ok(await set_severity(school.head, one, "high"), 201)
        for minutes, channel in ((30, "phone"), (90, "phone"), (240, "official_letter")):
            made_at = (received + timedelta(minutes=minutes)).isoformat()
            made = await create_referral(school.head, one, made_at=made_at, channel=channel)
        await acknowledge(school.head, made["id"])
        head, by_channel = school.head, Dimension.CHANNEL
        assert await count_one(head, counted, "referrals_out") == 3
        assert await count_cells(head, counted, "referrals_out", by_channel) == {"official_letter": 1, "phone": 2}
        assert await count_cells(head, counted, "referrals_out", Dimension.AUTHORITY) == {"hotline_111": 3}
        ratio = {"measure": "ratio", "roll_up": "ratio"}
        for more in (ratio, ratio | {"denominator": "referrals_out"}):
            found = await count_figures(head, counted, asking("referrals_acknowledged", by_channel, **more))
            assert found == {
                ("X", ""): (1, 3),
                ("X", "channel=official_letter"): (1, 1),
                ("X", "channel=phone"): (0, 2),
            }
        assert await count_one(head, counted, "referral_delay_median", measure="duration", roll_up="median") == 90
        cells = await count_cells(head, counted, "referral_delay_median", Dimension.SEVERITY)
        assert cells == {"high": 90}

    async def test_without_referrals_there_is_no_median_and_a_ratio_over_nothing(
        self, school: StaffedUnit, counted: Asked
    ) -> None:
        assert await count_one(school.head, counted, "referral_delay_median", measure="duration") is None
        wanted = asking("referrals_with_result", measure="ratio", roll_up="ratio")
        assert await count_figures(school.head, counted, wanted) == {("X", ""): (0, 0)}

    async def test_limits_that_ended_are_met_or_missed(self, school: StaffedUnit, counted: Asked) -> None:
        long_ago = (utc_now() - timedelta(days=3)).isoformat()
        one = await violence(school, occurred_on=None, received_at=long_ago)
        assert await count_one(school.head, counted, "clocks_met") == 0
        missed = await count_one(school.head, counted, "clocks_missed")
        assert missed == 2, "to acknowledge, and to judge the severity"
        ok(await transition(school.head, f"{API}/incidents/{one}", "acknowledge"))
        assert await count_one(school.head, counted, "clocks_missed") == 2, "met late is missed"


class TestReports:
    async def test_reports_owed_to_a_unit_are_on_time_by_their_first_complete_submission(self, world: World) -> None:
        chain = await create_chain(world, 4)
        now = utc_now()
        hour = timedelta(hours=1)
        states = ((-hour, -2 * hour), (-hour, hour * 0), (hour, -hour), (hour, None))
        for school, (due, delivered) in zip(chain.schools, states, strict=True):
            at = None if delivered is None else now + delivered
            await set_report(world, chain.reports[school.id], due_at=now + due, delivered_at=at)
        head = chain.schools[0].head
        assert await count_one(head, Asked(chain.bureau.id), "reports_owed") == 3, "one is neither due nor there"
        wanted = asking("reports_on_time", measure="ratio", roll_up="ratio")
        below = [school.id for school in chain.schools]
        for asked in (Asked(chain.bureau.id), Asked(chain.bureau.id, below=below)):
            assert await count_figures(chain.bureau.officer, asked, wanted) == {("X", ""): (2, 3)}
        assert await count_figures(head, Asked(below[0]), wanted) == {("X", ""): (0, 0)}, "nobody reports to a school"


async def test_roster_count_is_the_denominator_cell_by_cell(world: World, school: StaffedUnit, counted: Asked) -> None:
    await set_levels(world, school, ["primary"])
    ok(await put_roster_count(school.head, roster_path(), *pupils("primary", 200, 150)))
    await violence(school, children=[GIRL, BOY])
    wanted = asking("persons_violence", SEX, BAND, measure="ratio", roll_up="ratio", denominator="pupils_start")
    assert await count_figures(school.head, counted, wanted) == {
        ("X", ""): (2, 350),
        ("X", "sex=female"): (1, 150),
        ("X", "sex=male"): (1, 200),
    }, "no pupils are counted by age"
    assert await count_one(school.head, counted, "pupils_end") == 0
    assert await count_one(school.head, counted, "pupils_start") == 350


async def set_report(world: World, report_id: UUID, **values: object) -> None:
    async with world.runtime.work(ALL) as work:
        await work.session.execute(update(Report).where(Report.id == report_id).values(values))
        await work.commit()


async def test_whole_yearly_report_takes_few_statements(world: World, school: StaffedUnit, counted: Asked) -> None:
    await violence(school, children=[GIRL])
    (file,) = (each for each in product_templates() if each.code == "directive_02_yearly")
    await count_figures(school.head, counted, file.definition)
    with sent(world) as statements:
        found = await count_figures(school.head, counted, file.definition)
    assert found["TH01", ""] == (1, None)
    computed = {item.source for item in file.definition.indicators().values() if item.source}
    assert computed <= SOURCES.keys()
    assert len(computed) > 20
    assert len(statements) <= 40


def test_every_dimension_of_a_source_has_a_code_list() -> None:
    lists = {row["list"] for row in rows("code_lists")}
    used = {dimension for source in SOURCES.values() for dimension in source.dimensions}
    assert {CODE_LISTS[dimension] for dimension in used} <= lists
    authorities = {row["code"] for row in rows("code_lists") if row["list"] == CODE_LISTS[Dimension.AUTHORITY]}
    assert {row["code"] for row in rows("hotlines")} < authorities


async def test_rows_of_a_figure_are_what_it_adds_up(school: StaffedUnit, counted: Asked) -> None:
    ids = {await violence(school, location="toilet"), await violence(school)}
    found = await list_contributions(school.head, counted, asking("incidents_violence"))
    assert {str(each.row_id) for each in found} == ids
    assert {each.unit_id for each in found} == {school.id}


@pytest.mark.parametrize("name", sorted(SOURCES))
async def test_source_runs_by_each_of_its_dimensions(world: World, school: StaffedUnit, name: str) -> None:
    await violence(school, forms=["physical_violence"], children=[GIRL])
    source = SOURCES[name]
    found = await count_figures(school.head, Asked(school.id), asking(name, *sorted(source.dimensions)))
    assert ("X", "") in found
    other = await create_unit(world)
    empty = await count_figures(other.head, Asked(other.id), asking(name, *sorted(source.dimensions)))
    assert {value for value, _ in empty.values()} <= {0, None}, "another school's facts"
