"""Templates over the API: drafted whole by a department, frozen when published, read by all who report."""

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.ids import case_code, new_id
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportFigure, ReportVersion
from app.models.reports.templates import ReportTemplate
from app.models.school_years.school_years import SchoolYear
from app.repositories.units import UnitRepository
from app.security.access.scope import ALL
from tests.factories.http import API, assert_problem, list_items, ok
from tests.reports.templates.definitions import document, indicator, narrative, rule
from tests.world import Client, World

TEMPLATES = f"{API}/report-templates"
YEAR = "2019-2020"


@pytest.fixture
async def head(world: World) -> Client:
    """The head of the department."""
    return await world.client("so.head")


def code() -> str:
    return f"thu_{uuid4().hex[:12]}"


def form(*items: dict[str, Any]) -> dict[str, Any]:
    return document(*(items or (indicator("A"), narrative())))


async def draft(client: Client, name: str, definition: dict[str, Any] | None = None) -> dict[str, Any]:
    drafted: dict[str, Any] = ok(await client.post(TEMPLATES, {"code": name, "definition": definition or form()}), 201)
    return drafted


async def tag_of(client: Client, template: dict[str, Any]) -> dict[str, str]:
    read = await client.get(f"{TEMPLATES}/{template['id']}")
    return {"If-Match": read.headers["ETag"]}


async def publish(client: Client, template: dict[str, Any], day: str = "2026-09-01") -> dict[str, Any]:
    path, headers = f"{TEMPLATES}/{template['id']}/publication", await tag_of(client, template)
    published: dict[str, Any] = ok(await client.post(path, {"valid_from": day}, headers=headers), 201)
    return published


async def replace(client: Client, template: dict[str, Any], definition: dict[str, Any]) -> Any:
    headers = await tag_of(client, template)
    return await client.call("PUT", f"{TEMPLATES}/{template['id']}", json={"definition": definition}, headers=headers)


async def report_value(world: World, template_id: str, item: str, numerator: int | None) -> None:
    """A school's report by the template with one figure."""
    async with world.runtime.work(ALL) as work:
        school = await UnitRepository(work.session).get(world.units["school_b1"])
        if await work.session.get(SchoolYear, YEAR) is None:
            days: Any = {"starts_on": date(2019, 8, 1), "ends_on": date(2020, 7, 31)}
            work.session.add(SchoolYear(code=YEAR, **days, is_confirmed=False, source="bịa"))
        place: Any = {"unit_id": school.id, "org_path": school.org_path, "created_at": work.now}
        period = ReportPeriod(
            **place,
            code=case_code(work.today.year),
            kind="yearly",
            template_id=UUID(template_id),
            school_year=YEAR,
            starts_on=date(2019, 8, 1),
            ends_on=date(2020, 5, 31),
            cut_off_at=datetime(2020, 7, 25, tzinfo=UTC),
            dues=[],
            created_by=new_id(),
        )
        day: Any = {"due_on": work.today, "due_at": work.now}
        report = Report(**place, **day, code=case_code(work.today.year), period_id=period.id, state="draft")
        part: Any = {"report_id": report.id, "org_path": school.org_path}
        version = ReportVersion(**part, number=1, started_at=work.now, started_by=new_id())
        figure = ReportFigure(**part, version_id=version.id, item=item, status="declared", numerator=numerator)
        work.session.add_all([period, report, version, figure])
        await work.commit()


async def test_a_draft_is_the_units_own_until_it_is_published(
    head: Client, department: Client, school_a1: Client, other_province: Client
) -> None:
    template = await draft(head, code())
    assert (template["number"], template["valid_from"], template["published_at"]) == (1, None, None)
    assert ok(await department.get(f"{TEMPLATES}/{template['id']}")) == template
    for stranger in (school_a1, other_province):
        assert_problem(await stranger.get(f"{TEMPLATES}/{template['id']}"), 404, "not_found")
    await publish(head, template)
    assert ok(await school_a1.get(f"{TEMPLATES}/{template['id']}"))["valid_from"] == "2026-09-01"
    assert_problem(await other_province.get(f"{TEMPLATES}/{template['id']}"), 404, "not_found")


async def test_only_a_department_makes_templates(school_a1: Client, bureau_a: Client, other_province: Client) -> None:
    for client in (school_a1, bureau_a):
        assert_problem(await client.post(TEMPLATES, {"code": code(), "definition": form()}), 403, "forbidden")
    assert (await draft(other_province, code()))["number"] == 1


async def test_a_published_version_is_frozen(head: Client) -> None:
    template = await draft(head, code())
    published = await publish(head, template)
    assert published["digest"] == template["digest"]
    assert_problem(await replace(head, template, form()), 409, "template_frozen")
    path, headers = f"{TEMPLATES}/{template['id']}/publication", await tag_of(head, template)
    again = await head.post(path, {"valid_from": "2027-09-01"}, headers=headers)
    assert_problem(again, 409, "template_frozen")


async def test_a_draft_is_replaced_under_the_tag_that_was_read(head: Client, department: Client) -> None:
    template = await draft(head, code())
    stale = await tag_of(department, template)
    changed = ok(await replace(head, template, form(indicator("B"))))
    assert changed["definition"]["sections"][0]["items"][0]["code"] == "B"
    assert changed["digest"] != template["digest"]
    path, body = f"{TEMPLATES}/{template['id']}", {"definition": form()}
    assert_problem(await department.call("PUT", path, json=body, headers=stale), 412, "stale")
    assert_problem(await department.call("PUT", path, json=body), 428, "precondition_required")


async def test_one_document_has_one_digest(head: Client) -> None:
    """Members in another order, or written out where they are default, are the same document."""
    definition = form()
    first = await draft(head, code(), definition)
    spelt = dict(reversed(deepcopy(definition).items())) | {"document_symbol": "BC"}
    assert (await draft(head, code(), spelt))["digest"] == first["digest"]
    assert (await draft(head, code(), form(indicator("A"))))["digest"] != first["digest"]


async def test_every_fault_of_a_document_is_answered_at_once(head: Client) -> None:
    wrong = document(
        indicator("A", source="nonsense"),
        indicator("A", roll_up="ratio"),
        rules=(rule("r", ["Z"], "le", 1),),
    )
    answer = await head.post(TEMPLATES, {"code": code(), "definition": wrong})
    items = "/definition/sections/0/items"
    for pointer, fault in (
        (f"{items}/0/code", "duplicate_code"),
        (f"{items}/0/source", "unknown_source"),
        (f"{items}/1/roll_up", "roll_up_does_not_fit"),
        ("/definition/rules/0/left/items/0", "unknown_item"),
    ):
        assert_problem(answer, 422, fault, pointer)
    assert "nonsense" not in answer.text


async def test_a_fault_of_form_is_at_its_place_in_the_document(head: Client) -> None:
    unknown = {"kind": "nonsense", "code": "A"}
    wrong = document(indicator("A", measure="nonsense", zzz=1), unknown, {"code": "B"})
    answer = await head.post(TEMPLATES, {"code": code(), "definition": wrong})
    items = "/definition/sections/0/items"
    for pointer, fault in (
        (f"{items}/0/measure", "enum"),
        (f"{items}/0", "extra_forbidden"),
        (f"{items}/1/kind", "literal_error"),
        (f"{items}/2/kind", "missing"),
    ):
        assert_problem(answer, 422, fault, pointer)


async def test_a_code_has_one_draft_of_a_unit_at_a_time(head: Client, department: Client) -> None:
    name = code()
    template = await draft(head, name)
    second = await department.post(TEMPLATES, {"code": name, "definition": form()})
    assert_problem(second, 409, "draft_exists", "/code")
    await publish(head, template)
    assert (await draft(department, name))["number"] == 2


async def test_two_provinces_have_templates_of_one_code_and_notice_nothing_of_each_other(
    world: World, head: Client, school_a1: Client, other_province: Client
) -> None:
    """Nor by a number, nor by what is frozen since the other has values of it."""
    name = code()
    template = await publish(head, await draft(head, name))
    await publish(head, await draft(head, name, form(indicator("B"))), "2027-09-01")
    await report_value(world, template["id"], "A", 3)
    other = await draft(other_province, name, form(indicator("A", unit_vi="học sinh")))
    assert (other["number"], other["code"]) == (1, name)
    path, body = f"{TEMPLATES}/{template['id']}", {"definition": form()}
    answer = await other_province.call("PUT", path, json=body, headers={"If-Match": '"2"'})
    assert_problem(answer, 404, "not_found")
    published = await publish(other_province, other)
    for client, expected in ((school_a1, template), (other_province, published)):
        listed = await list_items(client, "report-templates", code=name, as_of="2026-09-02")
        assert [each["id"] for each in listed] == [expected["id"]]


async def test_two_provinces_go_on_with_a_template_of_the_product_from_the_same_number(
    world: World, head: Client, other_province: Client
) -> None:
    name, definition = code(), form()
    async with world.runtime.work(ALL) as work:
        texts: Any = {"label_vi": "Mẫu thử", "label_en": "Test form", "digest": "0" * 64, "definition": definition}
        moments: Any = {"valid_from": date(2020, 1, 1), "created_at": work.now, "published_at": work.now}
        work.session.add(ReportTemplate(code=name, number=1, **texts, **moments))
        await work.commit()
    assert [(await draft(client, name))["number"] for client in (head, other_province)] == [2, 2]


async def test_a_later_version_takes_the_place_of_the_one_before_on_its_day(head: Client, school_a1: Client) -> None:
    name = code()
    first = await publish(head, await draft(head, name), "2026-09-01")
    second = await publish(head, await draft(head, name, form(indicator("B"))), "2027-09-01")
    for day, expected in (("2026-08-31", []), ("2027-08-31", [first["id"]]), ("2027-09-01", [second["id"]])):
        listed = await list_items(school_a1, "report-templates", code=name, as_of=day)
        assert [each["id"] for each in listed] == expected
    assert ok(await head.get(f"{TEMPLATES}/{first['id']}"))["valid_to"] == "2027-09-01"
    assert [each["number"] for each in await list_items(school_a1, "report-templates", code=name)] == [2, 1]
    assert all("definition" not in each for each in await list_items(head, "report-templates", code=name))


async def test_a_version_comes_into_force_after_the_one_before(head: Client) -> None:
    name = code()
    await publish(head, await draft(head, name), "2026-09-01")
    template = await draft(head, name)
    path, headers = f"{TEMPLATES}/{template['id']}/publication", await tag_of(head, template)
    answer = await head.post(path, {"valid_from": "2026-09-01"}, headers=headers)
    assert_problem(answer, 422, "not_later", "/valid_from")


async def test_a_province_goes_on_with_a_template_of_the_product_for_itself_alone(
    head: Client, school_a1: Client, other_province: Client
) -> None:
    """What the product publishes stays in force where a province has no version of its own."""
    asked = {"code": "urgent_ad_hoc", "as_of": "2099-12-31"}
    [product] = await list_items(other_province, "report-templates", **asked)
    assert product["unit_id"] is None
    definition = ok(await head.get(f"{TEMPLATES}/{product['id']}"))["definition"]
    definition["title_en"] = "Urgent report of this province"
    own = await publish(head, await draft(head, "urgent_ad_hoc", definition), "2099-01-01")
    assert [each["id"] for each in await list_items(school_a1, "report-templates", **asked)] == [own["id"]]
    assert [each["id"] for each in await list_items(other_province, "report-templates", **asked)] == [product["id"]]
    before = await list_items(school_a1, "report-templates", code="urgent_ad_hoc", as_of="2098-12-31")
    assert [each["id"] for each in before] == [product["id"]]
    forbidden = await head.call(
        "PUT", f"{TEMPLATES}/{product['id']}", json={"definition": definition}, headers={"If-Match": '"1"'}
    )
    assert_problem(forbidden, 403, "forbidden")


@pytest.mark.parametrize(
    ("member", "changed"),
    [
        ("unit_vi", indicator("A", unit_vi="học sinh")),
        ("roll_up", indicator("A", roll_up="none")),
        ("measure", indicator("A", measure="yes_no", roll_up="count_units")),
    ],
)
async def test_what_values_are_compared_by_never_changes_once_there_is_one(
    world: World, head: Client, member: str, changed: dict[str, Any]
) -> None:
    name = code()
    former = await publish(head, await draft(head, name, form(indicator("A"), indicator("B"))))
    await report_value(world, former["id"], "A", 3)
    refused = await head.post(TEMPLATES, {"code": name, "definition": form(narrative(), changed)})
    assert refused.json()["code"] == "indicator_frozen"
    assert_problem(refused, 409, "frozen_with_values", f"/definition/sections/0/items/1/{member}")
    free = form(indicator("A", label_vi="Đổi lời"), indicator("B", unit_vi="học sinh"), indicator("C"))
    assert (await draft(head, name, free))["number"] == 2


async def test_an_indicator_with_values_may_be_dropped_and_moved(world: World, head: Client) -> None:
    name = code()
    former = await publish(head, await draft(head, name, form(indicator("A"), indicator("B"))))
    await report_value(world, former["id"], "A", 0)
    template = await draft(head, name, form(indicator("B"), narrative()))
    ok(await replace(head, template, form(indicator("B"), indicator("A"))))


async def test_a_figure_without_a_value_freezes_nothing(world: World, head: Client) -> None:
    name = code()
    former = await publish(head, await draft(head, name))
    await report_value(world, former["id"], "A", None)
    assert (await draft(head, name, form(indicator("A", unit_vi="học sinh"))))["number"] == 2


async def test_values_that_came_after_the_draft_stop_its_publication(world: World, head: Client) -> None:
    name = code()
    former = await publish(head, await draft(head, name))
    template = await draft(head, name, form(indicator("A", unit_vi="học sinh")))
    await report_value(world, former["id"], "A", 1)
    path, headers = f"{TEMPLATES}/{template['id']}/publication", await tag_of(head, template)
    answer = await head.post(path, {"valid_from": "2027-09-01"}, headers=headers)
    assert_problem(answer, 409, "frozen_with_values", "/definition/sections/0/items/0/unit_vi")
