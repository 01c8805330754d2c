"""Lists: pages by a cursor that is good for one caller and one set of filters."""

import base64
from typing import Any

import pytest

from tests.factories.http import API, assert_problem, ok
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

PATH = f"{API}/incidents"


@pytest.fixture
async def school(world: World) -> StaffedUnit:
    place = await create_unit(world)
    for _ in range(5):
        await place.head.create_intake()
    return place


async def page(client: Client, **params: object) -> Any:
    return ok(await client.get(PATH, params={"limit": 2, **params}))


async def test_pages_list_every_row_once_newest_first(school: StaffedUnit) -> None:
    pages = [await page(school.head)]
    while pages[-1]["next_cursor"]:
        pages.append(await page(school.head, cursor=pages[-1]["next_cursor"]))
    walked = [row["id"] for each in pages for row in each["items"]]
    whole = [row["id"] for row in (await page(school.head, limit=500))["items"]]
    assert [len(each["items"]) for each in pages] == [2, 2, 1]
    assert walked == whole == sorted(set(walked), reverse=True)


async def test_the_next_page_is_linked(school: StaffedUnit) -> None:
    first = await school.head.get(PATH, params={"limit": 2, "group": "school_violence"})
    target, _, relation = first.headers["Link"].partition(">; ")
    assert relation == 'rel="next"'
    following = ok(await school.head.get(target.removeprefix("<")))
    assert len(following["items"]) == 2
    assert not {row["id"] for row in following["items"]} & {row["id"] for row in first.json()["items"]}
    last = await school.head.get(PATH, params={"limit": 500})
    assert "Link" not in last.headers


async def test_the_links_lead_through_all_pages_of_a_search_in_vietnamese(school: StaffedUnit) -> None:
    searched = {"limit": 2, "q": "bạo lực học đường"}
    answer = await school.head.get(PATH, params=searched)
    walked = [row["id"] for row in ok(answer)["items"]]
    while link := answer.headers.get("Link"):
        answer = await school.head.get(link.partition(">")[0].removeprefix("<"))
        walked += [row["id"] for row in ok(answer)["items"]]
    assert walked == [row["id"] for row in (await page(school.head, **searched | {"limit": 500}))["items"]]
    assert len(walked) == 5


async def test_new_rows_do_not_shift_the_pages(school: StaffedUnit) -> None:
    first = await page(school.head)
    await school.head.create_intake()
    second = await page(school.head, cursor=first["next_cursor"])
    whole = [row["id"] for row in (await page(school.head, limit=500))["items"]][1:]
    assert [row["id"] for row in first["items"] + second["items"]] == whole[:4]


async def test_a_cursor_is_good_for_its_caller_its_filters_and_its_list(school: StaffedUnit) -> None:
    cursor = (await page(school.head))["next_cursor"]
    for answer in (
        await school.counsellor.get(PATH, params={"cursor": cursor}),
        await school.head.get(PATH, params={"cursor": cursor, "group": "school_violence"}),
        await school.head.get(f"{API}/intakes", params={"cursor": cursor}),
    ):
        assert_problem(answer, 400, "bad_cursor")
    assert len((await page(school.head, cursor=cursor, limit=3))["items"]) == 3


@pytest.mark.parametrize("forged", ["x", "====", "á", "A" * 44, base64.urlsafe_b64encode(bytes(32)).decode()])
async def test_a_forged_cursor_is_refused(school: StaffedUnit, forged: str) -> None:
    assert_problem(await school.head.get(PATH, params={"cursor": forged}), 400, "bad_cursor")


async def test_a_cursor_altered_in_any_place_is_refused(school: StaffedUnit) -> None:
    raw = base64.urlsafe_b64decode((await page(school.head))["next_cursor"])
    for place in (0, 15, 16, 31):
        altered = bytearray(raw)
        altered[place] ^= 1
        cursor = base64.urlsafe_b64encode(altered).decode()
        assert_problem(await school.head.get(PATH, params={"cursor": cursor}), 400, "bad_cursor")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x"])
async def test_a_page_has_1_to_500_rows(school_a1: Client, limit: str) -> None:
    assert (await school_a1.get(PATH, params={"limit": limit})).status_code == 422


async def test_an_unknown_parameter_is_refused_and_not_repeated(school_a1: Client, bureau_a: Client) -> None:
    for client in (school_a1, bureau_a):
        refused = await client.get("/api/v1/incidents", params={"stat": "closed-by-a-slip"})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown_parameter")
        assert "closed-by-a-slip" not in refused.text


UNKNOWN = {
    "incidents": ("state", "group", "severity"),
    "incidents/counts": ("state", "group", "severity"),
    "referrals": ("state",),
    "cases": ("state",),
    "subject-requests": ("state",),
}


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in UNKNOWN.items() for name in names])
async def test_a_filter_by_a_code_that_there_is_not_is_refused(world: World, path: str, name: str) -> None:
    head = await world.client("a1.head")
    assert_problem(await head.get(f"{API}/{path}", params={name: "nope"}), 422, "unknown_code", name)


async def test_so_is_a_span_that_ends_before_it_begins(world: World) -> None:
    head = await world.client("a1.head")
    span = {"occurred_from": "2026-09-05", "occurred_to": "2026-09-04"}
    assert_problem(await head.get(f"{API}/incidents", params=span), 422, "ends_before_start", "occurred_to")
    ok(await head.get(f"{API}/incidents", params=span | {"occurred_to": "2026-09-05"}))
