"""Units are dated data: created, renamed, moved and closed from a date, by a numbered decision."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from app.repositories.units import UnitRepository
from app.schemas.units import UnitDescription
from app.security.access.scope import ALL
from app.services.units import UnitService
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.unit_changes import (
    DECISION,
    YESTERDAY,
    act_on_unit,
    create_administrator,
    found_unit,
    move_unit,
    read_unit_as_of,
    unit_path,
)
from tests.factories.units import FOUNDED, create_unit
from tests.world import Client, World


async def test_working_level_above_skips_units_without_cases(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        units = UnitRepository(work.session)
        described = UnitDescription(name_vi="Uỷ ban Bịa", code="uybanbia", effective_on=FOUNDED, **DECISION)
        department = await units.get(world.units["department"])
        committee = await UnitService(work).create_unchecked("provincial_committee", department, described)
        school = await UnitService(work).create_unchecked(
            "school", committee, described.model_copy(update={"code": "t0"})
        )
        kinds = [unit.kind for unit in await units.superiors(school.org_path)]
        assert kinds == ["provincial_committee", "department", "ministry"]
        for below in (school, committee):
            assert await units.working_level_above(below.org_path) == department
        assert await units.working_level_above(department.org_path) is None
        await work.session.rollback()


class TestCreation:
    async def test_a_unit_stands_from_its_day_on(self, world: World, head: Client) -> None:
        response = await found_unit(head, world.units["bureau_a"], levels=["primary"], ownership="public", remote=True)
        unit = ok(response, 201)
        assert response.headers["Location"] == unit_path(unit["id"])
        assert (unit["parent_id"], unit["professional_parent_id"]) == (str(world.units["bureau_a"]),) * 2
        assert (unit["levels"], unit["decision_number"]) == (["primary"], "77/QĐ-MẪU")
        assert (await head.get(unit_path(unit["id"]), params={"as_of": "2024-08-31"})).status_code == 404
        assert unit["id"] in await list_ids(head, "units", kind="school", as_of="2024-09-01", q=unit["name_vi"])
        assert unit["id"] not in await list_ids(head, "units", as_of="2024-08-31")

    async def test_its_profession_may_be_directed_by_another(self, world: World, head: Client) -> None:
        directs = str(world.units["department"])
        unit = ok(await found_unit(head, world.units["bureau_a"], professional_parent_id=directs), 201)
        assert unit["professional_parent_id"] == directs
        assert unit["id"] in await list_ids(head, "units", parent_id=directs, relation="professional")
        assert unit["id"] not in await list_ids(head, "units", parent_id=directs)

    async def test_only_below_oneself(self, world: World, head: Client) -> None:
        other = await world.client("so2.head")
        assert (await found_unit(other, world.units["bureau_a"])).status_code == 403
        assert (await found_unit(head, world.units["department_2"])).status_code == 403

    async def test_an_unknown_kind_or_parent_is_named(self, world: World, head: Client) -> None:
        assert_problem(await found_unit(head, world.units["bureau_a"], kind="nonsense"), 422, "unknown_code", "/kind")
        nowhere = "01900000-0000-7000-8000-000000000000"
        assert_problem(await found_unit(head, nowhere), 422, "unknown_unit", "/parent_id")
        both = await found_unit(head, world.units["bureau_a"], professional_parent_id=nowhere)
        assert_problem(both, 422, "unknown_unit", "/professional_parent_id")

    async def test_invalid_levels_ownership_and_duplicate_code_are_reported(self, world: World, head: Client) -> None:
        bureau = world.units["bureau_a"]
        assert_problem(await found_unit(head, bureau, levels=["primary", "nonsense"]), 422, "unknown_code", "/levels/1")
        assert_problem(await found_unit(head, bureau, ownership="nonsense"), 422, "unknown_code", "/ownership")
        ok(await found_unit(head, bureau, code="BIA-1"), 201)
        assert_problem(await found_unit(head, bureau, code="BIA-1"), 422, "code_taken", "/code")

    async def test_a_bureau_officer_changes_no_unit(self, world: World, bureau_a: Client) -> None:
        assert (await found_unit(bureau_a, world.units["bureau_a"])).status_code == 403


class TestParentKinds:
    """No unit creates a higher kind: the creator of a department could appoint its head and decide for a province."""

    @pytest.mark.parametrize("kind", ["department", "ministry", "provincial_committee"])
    @pytest.mark.parametrize("below", ["department", "bureau_a", "school_a1"])
    async def test_no_higher_kind_below_a_lower_one(self, world: World, head: Client, kind: str, below: str) -> None:
        assert_problem(await found_unit(head, world.units[below], kind=kind), 422, "kind_not_below", "/parent_id")

    async def test_nor_by_a_schools_administrator(self, world: World) -> None:
        school = await create_unit(world)
        own = await create_administrator(world, school.id)
        for kind in ("department", "bureau", "school"):
            assert_problem(await found_unit(own, school.id, kind=kind), 422, "kind_not_below", "/parent_id")

    async def test_nor_as_the_one_who_directs_a_profession(self, world: World, head: Client) -> None:
        directs = {"professional_parent_id": str(world.units["school_a1"])}
        answer = await found_unit(head, world.units["bureau_a"], **directs)
        assert_problem(answer, 422, "kind_not_below", "/professional_parent_id")

    async def test_nor_moved_there(self, world: World, head: Client) -> None:
        bureau, school = await create_unit(world, "bureau", "department"), await create_unit(world)
        for relation in ("administrative", "professional"):
            below_a_school = await move_unit(head, bureau.id, school.id, relation=relation)
            assert_problem(below_a_school, 422, "kind_not_below", "/parent_id")
            below_an_agency = await move_unit(head, school.id, world.units["agency"], relation=relation)
            assert_problem(below_an_agency, 422, "kind_not_below", "/parent_id")

    async def test_communes_replace_districts_from_the_day_of_the_law(self, world: World, head: Client) -> None:
        department = world.units["department"]
        old, new = {"effective_on": "2025-06-30"}, {"effective_on": "2025-07-01"}
        ok(await found_unit(head, department, kind="bureau", **old), 201)
        assert_problem(await found_unit(head, department, kind="bureau", **new), 422, "kind_not_below", "/parent_id")
        assert_problem(await found_unit(head, department, kind="commune", **old), 422, "kind_not_below", "/parent_id")
        commune = ok(await found_unit(head, department, kind="commune", **new), 201)
        ok(await found_unit(head, commune["id"], **new), 201)

    async def test_department_is_created_by_the_level_above(self, world: World) -> None:
        above = await create_administrator(world, world.units["ministry"])
        ok(await found_unit(above, world.units["ministry"], kind="department"), 201)

    async def test_the_kinds_say_so(self, head: Client) -> None:
        below = {kind["code"]: kind["stands_below"] for kind in ok(await head.get(f"{API}/units/kinds"))}
        assert below["department"] == ["ministry", "provincial_committee"]
        assert (below["ministry"], below["bureau"]) == ([], [])
        assert {"commune", "department"} <= set(below["school"])


class TestRenaming:
    async def test_the_old_name_holds_before_the_day_and_the_new_one_after(self, world: World, head: Client) -> None:
        school = await create_unit(world)
        old = ok(await head.get(unit_path(school.id)))["name_vi"]
        before = ok(await head.get(unit_path(school.id)))
        renamed = await act_on_unit(
            head, school.id, "versions", name_vi="Trường Tên Mới (mẫu)", effective_on="2025-07-01"
        )
        assert ok(renamed, 201)["name_vi"] == "Trường Tên Mới (mẫu)"
        unchanged = ("code", "levels", "ownership", "remote")
        assert {name: renamed.json()[name] for name in unchanged} == {name: before[name] for name in unchanged}
        assert before["code"] is not None
        for day, name in (("2025-06-30", old), ("2025-07-01", "Trường Tên Mới (mẫu)")):
            assert (await read_unit_as_of(head, school.id, day))["name_vi"] == name
            assert (await read_unit_as_of(school.head, school.id, day))["name_vi"] == name
        history = ok(await head.get(f"{unit_path(school.id)}/history"))
        assert [v["valid_to"] for v in history["versions"]] == ["2025-07-01", None]

    async def test_a_change_comes_after_the_one_before(self, world: World, head: Client) -> None:
        school = await create_unit(world)
        early = await act_on_unit(head, school.id, "versions", name_vi="Sớm quá", effective_on="2021-09-01")
        assert_problem(early, 422, "not_after_last_change", "/effective_on")

    async def test_only_by_the_level_above(self, world: World) -> None:
        school = await create_unit(world)
        other = await world.client("so2.head")
        named = await act_on_unit(other, school.id, "versions", name_vi="Chiếm tên", effective_on="2025-07-01")
        assert named.status_code == 403


class TestPreconditions:
    @pytest.mark.parametrize("what", ["versions", "moves", "closure"])
    async def test_a_change_names_the_version_it_saw(self, world: World, head: Client, what: str) -> None:
        school = await create_unit(world)
        bodies = {
            "versions": {"name_vi": "Tên khác"},
            "moves": {"parent_id": str(world.units["bureau_b"])},
            "closure": {},
        }
        body = bodies[what] | DECISION | {"effective_on": YESTERDAY}
        assert_problem(await head.post(f"{unit_path(school.id)}/{what}", body), 428, "precondition_required")
        stale = await head.post(f"{unit_path(school.id)}/{what}", body, headers={"If-Match": '"0"'})
        assert_problem(stale, 412, "stale")
        assert stale.headers["ETag"] == await read_etag(head, unit_path(school.id))

    async def test_a_tag_is_good_for_one_change(self, world: World, head: Client) -> None:
        school = await create_unit(world)
        seen = {"If-Match": await read_etag(head, unit_path(school.id))}
        body = DECISION | {"name_vi": "Một lần", "effective_on": "2024-01-01"}
        ok(await head.post(f"{unit_path(school.id)}/versions", body, headers=seen), 201)
        again = await head.post(f"{unit_path(school.id)}/versions", body | {"effective_on": "2024-02-01"}, headers=seen)
        assert_problem(again, 412, "stale")


class TestOwnUnit:
    """Nobody renames, moves or closes their own unit: the unit above does, and everyone affected is notified."""

    @pytest.mark.parametrize("what", ["versions", "moves", "closure"])
    @pytest.mark.parametrize("unit", ["school", "department"])
    async def test_is_changed_by_the_level_above(self, world: World, head: Client, what: str, unit: str) -> None:
        school = await create_unit(world)
        own = await create_administrator(world, school.id) if unit == "school" else head
        key = school.id if unit == "school" else world.units["department"]
        bodies = {
            "versions": {"name_vi": "Tên khác"},
            "moves": {"parent_id": str(world.units["bureau_b"])},
            "closure": {},
        }
        assert_problem(await act_on_unit(own, key, what, effective_on=YESTERDAY, **bodies[what]), 403, "forbidden")

    @pytest.mark.parametrize("what", ["versions", "moves", "closure"])
    async def test_the_unit_and_both_levels_above_are_notified(self, world: World, head: Client, what: str) -> None:
        former, later = (
            await create_unit(world, "bureau", "department"),
            await create_unit(world, "bureau", "department"),
        )
        school = await create_unit(world, under=former.id)
        bodies = {"versions": {"name_vi": f"Tên mới {school.id}"}, "moves": {"parent_id": str(later.id)}, "closure": {}}
        ok(
            await act_on_unit(head, school.id, what, effective_on=YESTERDAY, **bodies[what]),
            204 if what == "closure" else 201,
        )
        change = {"versions": "described", "moves": "moved", "closure": "closed"}[what]
        for who in (
            former.officer,
            *([] if what == "closure" else [school.head]),
            *([later.officer] if what == "moves" else []),
        ):
            (notice,) = [n for n in ok(await who.get(f"{API}/notices"))["items"] if n["kind"] == "unit_changed"]
            assert notice["data"] == {"unit_id": str(school.id), "change": change, "by": str(head.user_id)}


class TestUniqueNames:
    """A child finds its school by name: no unit may reuse a neighbour's name, in any spelling."""

    async def test_are_not_founded_nor_renamed_nor_moved_there(self, world: World, head: Client) -> None:
        bureau, other = (
            await create_unit(world, "bureau", "department"),
            await create_unit(world, "bureau", "department"),
        )
        name = {"name_vi": "Trường Hòa Bình Một (mẫu)"}
        ok(await found_unit(head, bureau.id, **name), 201)
        same = {"name_vi": "trường  HOÀ BÌNH một (mẫu)"}
        assert_problem(await found_unit(head, bureau.id, **same), 422, "name_taken", "/name_vi")
        neighbour = await create_unit(world, under=bureau.id)
        renamed = await act_on_unit(head, neighbour.id, "versions", **same, effective_on=YESTERDAY)
        assert_problem(renamed, 422, "name_taken", "/name_vi")
        namesake = ok(await found_unit(head, other.id, **same), 201)
        assert_problem(await move_unit(head, namesake["id"], bureau.id), 422, "name_taken", "/parent_id")

    async def test_names_that_differ_by_a_mark_are_two(self, world: World, head: Client) -> None:
        bureau = await create_unit(world, "bureau", "department")
        named = [
            ok(await found_unit(head, bureau.id, name_vi=f"Trường {name} (mẫu)"), 201)
            for name in ("Ba Tơ", "Ba Tô", "Ba To", "Đông Hà", "Đông Hạ")
        ]
        assert len({each["name_vi"] for each in named}) == len(named)
        renamed = await act_on_unit(
            head, named[0]["id"], "versions", name_vi="Trường Ba Tố (mẫu)", effective_on=YESTERDAY
        )
        assert ok(renamed, 201)["name_vi"] == "Trường Ba Tố (mẫu)"
        found = ok(await head.get(f"{API}/units", params={"q": "ba to (mau)"}))["items"]
        assert {each["id"] for each in named[1:3]} <= {each["id"] for each in found}

    @pytest.mark.parametrize(
        "name", ["Trường\u00a0Ðông Phú (mẫu)", "TRƯỜNG ĐÔNG\u200b PHÚ (MẪU)", "Trường Đo\u0302ng Phú (mẫu)"]
    )
    async def test_one_name_typed_otherwise_is_one(self, world: World, head: Client, name: str) -> None:
        bureau = await create_unit(world, "bureau", "department")
        made = ok(await found_unit(head, bureau.id, name_vi="Trường Đông Phú (mẫu)"), 201)
        assert_problem(await found_unit(head, bureau.id, name_vi=name), 422, "name_taken", "/name_vi")
        found = ok(await head.get(f"{API}/units", params={"q": "Ðông Phú (mẫu)", "parent_id": bureau.id}))["items"]
        assert [each["id"] for each in found] == [made["id"]]

    async def test_a_name_that_grows_when_folded_is_taken(self, world: World, head: Client) -> None:
        bureau = await create_unit(world, "bureau", "department")
        for name in ("ß" * 300, "ﷺ" * 300):
            assert ok(await found_unit(head, bureau.id, name_vi=name), 201)["name_vi"] == name

    async def test_unit_keeps_its_own_name_and_may_use_a_released_one(self, world: World, head: Client) -> None:
        bureau = await create_unit(world, "bureau", "department")
        one = ok(await found_unit(head, bureau.id), 201)
        again = {"name_vi": one["name_vi"], "effective_on": "2025-01-01", "remote": True}
        ok(await act_on_unit(head, one["id"], "versions", **again), 201)
        ok(await act_on_unit(head, one["id"], "closure", effective_on="2025-09-01"), 204)
        early = {"name_vi": one["name_vi"], "effective_on": "2025-08-31"}
        assert_problem(await found_unit(head, bureau.id, **early), 422, "name_taken", "/name_vi")
        ok(await found_unit(head, bureau.id, **(early | {"effective_on": "2025-09-01"})), 201)


class TestContact:
    CONTACT = {  # noqa: RUF012
        "address": "Số 1, đường Bịa",
        "phones": ["0275 3822 000 / 0084 912-345-678", "1800 1567"],
        "email": "van.thu@mau.example",
        "document_place": "Bịa",
        "signer_title": "Hiệu trưởng",
    }

    async def test_phones_are_stored_in_one_form_and_what_is_left_out_is_cleared(
        self, world: World, head: Client
    ) -> None:
        unit = await create_unit(world)
        for contact, phones in (
            (self.CONTACT, ["+842753822000", "+84912345678", "+8418001567"]),
            ({"address": "Số 2"}, []),
        ):
            answer = await self.set(head, unit.id, contact)
            expected = dict.fromkeys(self.CONTACT) | contact | {"phones": phones}
            for shown in (ok(answer), ok(await unit.teacher.get(unit_path(unit.id)))):
                assert {name: shown[name] for name in expected} == expected
            assert answer.headers["ETag"] == await read_etag(head, unit_path(unit.id))

    async def test_phones_are_cleaned_and_two_in_one_are_two(self, world: World, head: Client) -> None:
        unit = await create_unit(world)
        copied = ["\u202d0275–3822–000\u202c (văn thư) / tel:0912 345 678", "0912.345.678"]
        shown = ok(await self.set(head, unit.id, {"phones": copied}))
        assert shown["phones"] == ["+842753822000", "+84912345678"]

    async def test_an_administrator_sets_it_for_the_own_unit_and_below_and_no_other(self, world: World) -> None:
        own, other = await create_unit(world), await create_unit(world)
        admin = await create_administrator(world, own.id)
        above = await create_administrator(world, world.units["bureau_a"])
        ok(await self.set(admin, own.id, self.CONTACT))
        ok(await self.set(above, own.id, self.CONTACT))
        assert_problem(await self.set(admin, other.id, self.CONTACT), 403, "forbidden")
        assert_problem(await self.set(own.head, own.id, self.CONTACT), 403, "forbidden")

    async def test_half_a_number_and_a_stale_tag_are_refused(self, world: World, head: Client) -> None:
        unit = await create_unit(world)
        halves = {"phones": ["0275 3822 000", "3822"]}
        assert_problem(await self.set(head, unit.id, halves), 422, "not_a_phone_number", "/phones/1")
        stale = {"If-Match": await read_etag(head, unit_path(unit.id))}
        ok(await self.set(head, unit.id, self.CONTACT))
        assert_problem(await head.call("PUT", f"{unit_path(unit.id)}/contact", json={}, headers=stale), 412, "stale")

    async def set(self, client: Client, unit_id: UUID, contact: dict[str, Any]) -> httpx.Response:
        headers = {"If-Match": await read_etag(client, unit_path(unit_id))}
        return await client.call("PUT", f"{unit_path(unit_id)}/contact", json=contact, headers=headers)


async def test_kinds_of_unit_are_data(head: Client) -> None:
    kinds = {kind["code"] for kind in ok(await head.get(f"{API}/units/kinds"))}
    assert {"department", "bureau", "commune", "school", "agency"} <= kinds


async def test_the_directory_is_read_page_by_page(head: Client) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = ok(await head.get(f"{API}/units", params={"limit": 4, "kind": "school", **more}))
        seen += [unit["id"] for unit in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == await list_ids(head, "units", kind="school")
