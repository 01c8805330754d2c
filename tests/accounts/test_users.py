"""Accounts: who may make and change them, at which levels, and what a change ends."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from app.security.access.roles import CLIENT_ROLES, MATRIX, Role
from tests.factories.acts import API, NUMBERS, Place, founded, listed, ok, refused, share, tag
from tests.factories.people import AUTH, bearer, closed, is_in, person, sign_in, signed_in
from tests.province import UNITS
from tests.world import Client, World


def path(user_id: object) -> str:
    return f"{API}/users/{user_id}"


async def create(client: Client, unit_id: UUID, role: str = "school_officer", **more: object) -> httpx.Response:
    body = {"username": f"tk.{next(NUMBERS)}", "full_name": "Người Bịa Mới", "role": role, "unit_id": str(unit_id)}
    return await client.post(f"{API}/users", body | more)


async def change(client: Client, user_id: object, **patch: object) -> httpx.Response:
    return await client.patch(path(user_id), patch, await tag(client, path(user_id)))


async def reset(client: Client, user_id: object) -> None:
    headers = {"If-Match": await tag(client, path(user_id))}
    ok(await client.post(f"{path(user_id)}/password-reset", headers=headers))


class TestCreating:
    async def test_an_account_begins_with_a_first_password_shown_once(
        self, world: World, administrator: Client
    ) -> None:
        response = await create(administrator, world.units["school_a1"])
        made = ok(response, 201)
        assert response.headers["Location"] == path(made["id"])
        assert made["must_change_password"]
        tokens = ok(await sign_in(world, made["username"], made["first_password"]))
        assert tokens["pending"] == "password_change"
        again = await administrator.get(path(made["id"]))
        assert again.headers["ETag"] == response.headers["ETag"]
        assert 'password"' not in again.text.replace('must_change_password"', "")

    async def test_a_username_is_taken_once(self, world: World, administrator: Client) -> None:
        made = ok(await create(administrator, world.units["school_a1"]), 201)
        refused(await create(administrator, world.units["school_b1"], username=made["username"]), 409, "duplicate")

    @pytest.mark.parametrize("username", ["Ten.Hoa", "tên", "abc", "-abcd", "a" * 65, "a b c d"])
    async def test_a_username_is_plain(self, world: World, administrator: Client, username: str) -> None:
        assert (await create(administrator, world.units["school_a1"], username=username)).status_code == 422

    @pytest.mark.parametrize("role", list(Role))
    @pytest.mark.parametrize("unit", ["department", "bureau_a", "school_a1", "agency"])
    async def test_a_role_belongs_to_its_levels(
        self, world: World, administrator: Client, role: Role, unit: str
    ) -> None:
        response = await create(administrator, world.units[unit], role)
        if role not in CLIENT_ROLES and UNITS[unit][0] in MATRIX[role].levels:
            ok(response, 201)
        else:
            refused(response, 422, "role_not_of_level", "/role")

    async def test_it_belongs_to_an_open_unit_of_the_administrators(self, world: World) -> None:
        bureau = await world.client("phong_a.admin")
        ok(await create(bureau, world.units["school_a2"]), 201)
        gone = await founded(world)
        await closed(world, gone.id, in_days=0)
        for unit in (world.units["school_b1"], world.units["bureau_b"], world.units["department"], gone.id):
            refused(await create(bureau, unit), 422, "unknown_unit", "/unit_id")

    @pytest.mark.parametrize("username", ["so.head", "a1.head", "so.auditor", "congan.partner"])
    async def test_only_administrators_make_accounts(self, world: World, administrator: Client, username: str) -> None:
        name = f"tk.{next(NUMBERS)}"
        refused(await create(await world.client(username), world.units["school_a1"], username=name), 403, "forbidden")
        ok(await create(administrator, world.units["school_a1"], username=name), 201)


class TestAnnouncement:
    """An administrator without access to cases opens no way to them unseen: the unit and the one above are told."""

    @pytest.fixture
    async def bureau(self, world: World) -> Place:
        return await founded(world, "bureau", "department")

    @pytest.fixture
    async def school(self, world: World, bureau: Place) -> Place:
        return await founded(world, under=bureau.id)

    async def told(self, world: World, *who: Client, subject: object) -> list[tuple[str, str]]:
        """Kind and act of what was told of an account, the same to each; they name who did it."""
        administrator = await world.client("so.admin")
        seen = []
        for one in who:
            notices = [n for n in ok(await one.get(f"{API}/notices"))["items"] if str(subject) in str(n["data"])]
            assert {n["data"]["by"] for n in notices} <= {str(administrator.user_id)}
            seen.append([(n["kind"], n["data"]["act"]) for n in reversed(notices)])
        assert all(each == seen[0] for each in seen)
        return seen[0]

    async def test_of_a_new_head_a_reset_and_a_reactivation(
        self, world: World, administrator: Client, bureau: Place, school: Place
    ) -> None:
        made = ok(await create(administrator, school.id, role="school_officer"), 201)
        await reset(administrator, made["id"])
        ok(await change(administrator, made["id"], status="suspended"))
        ok(await change(administrator, made["id"], status="active"))
        acts = [("account_sees_cases", act) for act in ("created", "password_reset", "reactivated")]
        assert await self.told(world, school.head, bureau.officer, subject=made["id"]) == acts

    async def test_of_a_new_administrator(
        self, world: World, administrator: Client, bureau: Place, school: Place
    ) -> None:
        made = ok(await create(administrator, school.id, role="system_administrator"), 201)
        told = await self.told(world, school.head, bureau.officer, subject=made["id"])
        assert told == [("account_administers", "created")]

    async def test_of_a_client_that_reads_cases_and_of_no_other(
        self, world: World, administrator: Client, bureau: Place, school: Place
    ) -> None:
        scopes = {"reads": ["incident:read", "unit:read"], "reads_not": ["unit:read", "code_list:read"]}
        made = {
            name: ok(
                await administrator.post(f"{API}/clients", {"name": name, "unit_id": str(school.id), "scopes": asked}),
                201,
            )
            for name, asked in scopes.items()
        }
        told = await self.told(world, school.head, bureau.officer, subject=made["reads"]["id"])
        assert told == [("client_sees_cases", "created")]
        assert await self.told(world, school.head, bureau.officer, subject=made["reads_not"]["id"]) == []

    async def test_of_a_teachers_reset_once_a_case_is_shared(
        self, world: World, administrator: Client, bureau: Place, school: Place
    ) -> None:
        teacher = school.teacher.user_id
        await reset(administrator, teacher)
        assert await self.told(world, school.head, bureau.officer, subject=teacher) == []
        incident_id = (await school.head.take_in())["incident_id"]
        assert teacher is not None
        ok(await share(school.head, incident_id, 2, grantee_user_id=teacher), 201)
        await reset(administrator, teacher)
        told = await self.told(world, school.head, bureau.officer, subject=teacher)
        assert told == [("account_sees_cases", "password_reset")]


class TestReach:
    async def test_an_administrator_sees_the_unit_and_below_and_nothing_beside_or_above(self, world: World) -> None:
        bureau = await world.client("phong_a.admin")
        below = await person(world, unit="school_a1")
        beside = await person(world, Role.BUREAU_OFFICER, "bureau_b")
        above = await person(world, Role.DEPARTMENT_HEAD, "department")
        assert ok(await bureau.get(path(below.id)))["username"] == below.username
        administrator = await world.client("so.admin")
        for beyond in (beside, above):
            refused(await bureau.get(path(beyond.id)), 404, "not_found")
            stolen = await tag(administrator, path(beyond.id))
            refused(await bureau.patch(path(beyond.id), {"status": "suspended"}, stolen), 404, "not_found")
            reset = await bureau.post(f"{path(beyond.id)}/password-reset", headers={"If-Match": stolen})
            refused(reset, 404, "not_found")
        seen = await listed(bureau, "users")
        assert str(below.id) in seen
        assert not {str(beside.id), str(above.id)} & seen

    async def test_the_list_is_narrowed_by_unit_and_role(self, world: World, administrator: Client) -> None:
        head, officer = await person(world), await person(world, Role.SCHOOL_OFFICER)
        other = await person(world, unit="school_b1")
        mine = {"unit_id": world.units["school_a1"]}
        ids = {str(head.id), str(officer.id), str(other.id)}
        assert ids & await listed(administrator, "users", **mine) == {str(head.id), str(officer.id)}
        assert ids & await listed(administrator, "users", role="school_officer") == {str(officer.id)}
        assert ids & await listed(administrator, "users", **mine, role="school_head") == {str(head.id)}

    async def test_nobody_is_moved_out_of_the_administrators_reach(self, world: World) -> None:
        bureau, someone = await world.client("phong_a.admin"), await person(world)
        refused(
            await change(bureau, someone.id, unit_id=str(world.units["school_b1"])), 422, "unknown_unit", "/unit_id"
        )


class TestChanging:
    @pytest.mark.parametrize("what", ["role", "unit", "status"])
    async def test_a_change_of_role_unit_or_status_ends_the_sessions(
        self, world: World, administrator: Client, what: str
    ) -> None:
        patches: dict[str, dict[str, Any]] = {
            "role": {"role": "counsellor"},
            "unit": {"unit_id": str(world.units["school_b1"])},
            "status": {"status": "suspended"},
        }
        someone = await person(world)
        tokens = ok(await sign_in(world, someone.username))
        changed = ok(await change(administrator, someone.id, **patches[what]))
        assert {key: changed[key] for key in patches[what]} == patches[what]
        assert not await is_in(bearer(world, tokens))
        body = {"refresh_token": tokens["refresh_token"]}
        refused(await world.stranger.post(f"{AUTH}/refresh", body), 401, "bad_credentials")

    async def test_the_new_rights_hold_from_the_next_sign_in(self, world: World, administrator: Client) -> None:
        someone = await person(world)
        ok(await change(administrator, someone.id, unit_id=str(world.units["school_b1"]), role="homeroom_teacher"))
        me = ok(await (await signed_in(world, someone.username)).get(f"{AUTH}/me"))
        assert (me["role"], me["unit_id"]) == ("homeroom_teacher", str(world.units["school_b1"]))

    async def test_a_new_name_ends_nothing(self, world: World, administrator: Client) -> None:
        someone = await person(world)
        inside = await signed_in(world, someone.username)
        assert ok(await change(administrator, someone.id, full_name="Tên Bịa Khác"))["full_name"] == "Tên Bịa Khác"
        assert await is_in(inside)

    @pytest.mark.parametrize("name", ["full_name", "role", "unit_id", "status"])
    async def test_nothing_of_an_account_can_be_cleared(self, world: World, administrator: Client, name: str) -> None:
        someone = await person(world)
        refused(await change(administrator, someone.id, **{name: None}), 422, "not_clearable", f"/{name}")

    async def test_a_changed_role_must_be_of_the_units_level(self, world: World, administrator: Client) -> None:
        someone = await person(world)
        refused(await change(administrator, someone.id, role="bureau_officer"), 422, "role_not_of_level", "/role")
        refused(
            await change(administrator, someone.id, unit_id=str(world.units["bureau_a"])),
            422,
            "role_not_of_level",
            "/role",
        )

    async def test_people_of_a_closed_unit_may_be_suspended_or_moved_on(
        self, world: World, administrator: Client
    ) -> None:
        place = await founded(world)
        leaving, staying = await person(world, unit=place.id), await person(world, unit=place.id)
        await closed(world, place.id, in_days=0)
        assert ok(await change(administrator, leaving.id, status="suspended"))["status"] == "suspended"
        ok(await change(administrator, staying.id, unit_id=str(world.units["school_a1"])))
        ok(await sign_in(world, staying.username))

    async def test_nobody_changes_their_own_account_and_another_administrator_may(
        self, world: World, administrator: Client
    ) -> None:
        someone = await person(world, Role.SYSTEM_ADMINISTRATOR, "bureau_a", second_factor=True)
        own = await world.fresh_client(someone.username)
        current = {"If-Match": await tag(own, path(someone.id))}
        refused(await change(own, someone.id, full_name="Tôi"), 403, "forbidden")
        refused(await own.post(f"{path(someone.id)}/password-reset", headers=current), 403, "forbidden")
        ok(await change(administrator, someone.id, full_name="Người Khác Sửa (bịa)"))
        current = {"If-Match": await tag(administrator, path(someone.id))}
        ok(await administrator.post(f"{path(someone.id)}/password-reset", headers=current))

    async def test_of_two_who_change_at_once_the_second_reads_again(self, world: World, administrator: Client) -> None:
        someone = await person(world)
        read = await tag(administrator, path(someone.id))
        ok(await administrator.patch(path(someone.id), {"full_name": "Một"}, read))
        refused(await administrator.patch(path(someone.id), {"full_name": "Hai"}, read), 412, "stale")


class TestResetting:
    async def test_a_reset_gives_a_new_first_password_and_ends_sessions_and_second_factor(
        self, world: World, administrator: Client
    ) -> None:
        someone = await person(world, second_factor=True)
        inside = await signed_in(world, someone.username, otp=someone.code())
        current = {"If-Match": await tag(administrator, path(someone.id))}
        response = await administrator.post(f"{path(someone.id)}/password-reset", headers=current)
        password = ok(response)["first_password"]
        assert not await is_in(inside)
        refused(await sign_in(world, someone.username), 401, "bad_credentials")
        tokens = ok(await sign_in(world, someone.username, password))
        assert tokens["pending"] == "password_change"
        account = ok(await administrator.get(path(someone.id)))
        assert (account["must_change_password"], account["totp_enrolled_at"]) == (True, None)
        refused(await administrator.post(f"{path(someone.id)}/password-reset", headers=current), 412, "stale")
