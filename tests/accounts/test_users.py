"""Accounts: who may create and change them, at which levels, and which sessions a change ends."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from app.security.access.roles import CLIENT_ROLES, MATRIX, Role
from tests.factories.accounts import AUTH, client_with_token, create_user, is_signed_in, sign_in, sign_in_client
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.sharing import share_incident
from tests.factories.units import NUMBERS, StaffedUnit, create_unit, schedule_unit_closure
from tests.province import UNITS
from tests.world import Client, World


def path(user_id: object) -> str:
    return f"{API}/users/{user_id}"


async def create(client: Client, unit_id: UUID, role: str = "school_officer", **more: object) -> httpx.Response:
    body = {"username": f"tk.{next(NUMBERS)}", "full_name": "Người Bịa Mới", "role": role, "unit_id": str(unit_id)}
    return await client.post(f"{API}/users", body | more)


async def change(client: Client, user_id: object, **patch: object) -> httpx.Response:
    return await client.patch(path(user_id), patch, await read_etag(client, path(user_id)))


async def reset(client: Client, user_id: object) -> None:
    headers = {"If-Match": await read_etag(client, path(user_id))}
    ok(await client.post(f"{path(user_id)}/password-reset", headers=headers))


class TestCreating:
    async def test_an_account_begins_with_a_first_password_shown_once(
        self, world: World, administrator: Client
    ) -> None:
        response = await create(administrator, world.units["school_a1"])
        account = ok(response, 201)
        assert response.headers["Location"] == path(account["id"])
        assert account["must_change_password"]
        tokens = ok(await sign_in(world, account["username"], account["first_password"]))
        assert tokens["pending"] == "password_change"
        again = await administrator.get(path(account["id"]))
        assert again.headers["ETag"] == response.headers["ETag"]
        assert 'password"' not in again.text.replace('must_change_password"', "")

    async def test_username_is_unique(self, world: World, administrator: Client) -> None:
        account = ok(await create(administrator, world.units["school_a1"]), 201)
        assert_problem(
            await create(administrator, world.units["school_b1"], username=account["username"]), 409, "duplicate"
        )

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
            assert_problem(response, 422, "role_not_of_level", "/role")

    async def test_it_belongs_to_an_open_unit_of_the_administrators(self, world: World) -> None:
        bureau = await world.client("phong_a.admin")
        ok(await create(bureau, world.units["school_a2"]), 201)
        gone = await create_unit(world)
        await schedule_unit_closure(world, gone.id, in_days=0)
        for unit in (world.units["school_b1"], world.units["bureau_b"], world.units["department"], gone.id):
            assert_problem(await create(bureau, unit), 422, "unknown_unit", "/unit_id")

    @pytest.mark.parametrize("username", ["so.head", "a1.head", "so.auditor", "congan.partner"])
    async def test_only_administrators_make_accounts(self, world: World, administrator: Client, username: str) -> None:
        name = f"tk.{next(NUMBERS)}"
        assert_problem(
            await create(await world.client(username), world.units["school_a1"], username=name), 403, "forbidden"
        )
        ok(await create(administrator, world.units["school_a1"], username=name), 201)


class TestAnnouncement:
    """An administrator without case access opens no hidden route to cases: the unit and the one above are notified."""

    @pytest.fixture
    async def bureau(self, world: World) -> StaffedUnit:
        return await create_unit(world, "bureau", "department")

    @pytest.fixture
    async def school(self, world: World, bureau: StaffedUnit) -> StaffedUnit:
        return await create_unit(world, under=bureau.id)

    async def notices_of(self, world: World, *who: Client, subject: object) -> list[tuple[str, str]]:
        """Kind and act of the notices about an account, equal for every reader; each names its author."""
        administrator = await world.client("so.admin")
        seen = []
        for one in who:
            notices = [n for n in ok(await one.get(f"{API}/notices"))["items"] if str(subject) in str(n["data"])]
            assert {n["data"]["by"] for n in notices} <= {str(administrator.user_id)}
            seen.append([(n["kind"], n["data"]["act"]) for n in reversed(notices)])
        assert all(each == seen[0] for each in seen)
        return seen[0]

    async def test_of_a_new_head_a_reset_and_a_reactivation(
        self, world: World, administrator: Client, bureau: StaffedUnit, school: StaffedUnit
    ) -> None:
        account = ok(await create(administrator, school.id, role="school_officer"), 201)
        await reset(administrator, account["id"])
        ok(await change(administrator, account["id"], status="suspended"))
        ok(await change(administrator, account["id"], status="active"))
        acts = [("account_sees_cases", act) for act in ("created", "password_reset", "reactivated")]
        assert await self.notices_of(world, school.head, bureau.officer, subject=account["id"]) == acts

    async def test_of_a_new_administrator(
        self, world: World, administrator: Client, bureau: StaffedUnit, school: StaffedUnit
    ) -> None:
        account = ok(await create(administrator, school.id, role="system_administrator"), 201)
        notices = await self.notices_of(world, school.head, bureau.officer, subject=account["id"])
        assert notices == [("account_administers", "created")]

    async def test_of_a_client_that_reads_cases_and_of_no_other(
        self, world: World, administrator: Client, bureau: StaffedUnit, school: StaffedUnit
    ) -> None:
        scopes = {"reads": ["incident:read", "unit:read"], "reads_not": ["unit:read", "code_list:read"]}
        accounts = {
            name: ok(
                await administrator.post(f"{API}/clients", {"name": name, "unit_id": str(school.id), "scopes": asked}),
                201,
            )
            for name, asked in scopes.items()
        }
        notices = await self.notices_of(world, school.head, bureau.officer, subject=accounts["reads"]["id"])
        assert notices == [("client_sees_cases", "created")]
        assert await self.notices_of(world, school.head, bureau.officer, subject=accounts["reads_not"]["id"]) == []

    async def test_of_a_teacher_who_opens_cases_in_an_emergency(
        self, world: World, administrator: Client, bureau: StaffedUnit, school: StaffedUnit
    ) -> None:
        account = ok(await create(administrator, school.id, role="homeroom_teacher"), 201)
        await reset(administrator, account["id"])
        notices = await self.notices_of(world, school.head, bureau.officer, subject=account["id"])
        assert notices == [("account_sees_cases", "created"), ("account_sees_cases", "password_reset")]

    async def test_of_a_partners_reset_once_a_case_is_shared(
        self, world: World, administrator: Client, agency: StaffedUnit, school: StaffedUnit
    ) -> None:
        partner, department = agency.partner.user_id, await world.client("so.officer")
        await reset(administrator, partner)
        assert await self.notices_of(world, department, subject=partner) == []
        incident_id = (await school.head.create_intake())["incident_id"]
        ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=agency.id), 201)
        await reset(administrator, partner)
        assert await self.notices_of(world, department, subject=partner) == [("account_sees_cases", "password_reset")]


class TestReach:
    async def test_an_administrator_sees_the_unit_and_below_and_nothing_beside_or_above(self, world: World) -> None:
        bureau = await world.client("phong_a.admin")
        below = await create_user(world, unit="school_a1")
        beside = await create_user(world, Role.BUREAU_OFFICER, "bureau_b")
        above = await create_user(world, Role.DEPARTMENT_HEAD, "department")
        assert ok(await bureau.get(path(below.id)))["username"] == below.username
        administrator = await world.client("so.admin")
        for beyond in (beside, above):
            assert_problem(await bureau.get(path(beyond.id)), 404, "not_found")
            stolen = await read_etag(administrator, path(beyond.id))
            assert_problem(await bureau.patch(path(beyond.id), {"status": "suspended"}, stolen), 404, "not_found")
            reset = await bureau.post(f"{path(beyond.id)}/password-reset", headers={"If-Match": stolen})
            assert_problem(reset, 404, "not_found")
        seen = await list_ids(bureau, "users")
        assert str(below.id) in seen
        assert not {str(beside.id), str(above.id)} & seen

    async def test_the_list_is_narrowed_by_unit_and_role(self, world: World, administrator: Client) -> None:
        head, officer = await create_user(world), await create_user(world, Role.SCHOOL_OFFICER)
        other = await create_user(world, unit="school_b1")
        mine = {"unit_id": world.units["school_a1"]}
        ids = {str(head.id), str(officer.id), str(other.id)}
        assert ids & await list_ids(administrator, "users", **mine) == {str(head.id), str(officer.id)}
        assert ids & await list_ids(administrator, "users", role="school_officer") == {str(officer.id)}
        assert ids & await list_ids(administrator, "users", **mine, role="school_head") == {str(head.id)}

    async def test_user_cannot_be_moved_out_of_the_administrators_subtree(self, world: World) -> None:
        bureau, someone = await world.client("phong_a.admin"), await create_user(world)
        assert_problem(
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
        someone = await create_user(world)
        tokens = ok(await sign_in(world, someone.username))
        changed = ok(await change(administrator, someone.id, **patches[what]))
        assert {key: changed[key] for key in patches[what]} == patches[what]
        assert not await is_signed_in(client_with_token(world, tokens))
        body = {"refresh_token": tokens["refresh_token"]}
        assert_problem(await world.anonymous.post(f"{AUTH}/refresh", body), 401, "bad_credentials")

    async def test_new_rights_apply_from_the_next_sign_in(self, world: World, administrator: Client) -> None:
        someone = await create_user(world)
        ok(await change(administrator, someone.id, unit_id=str(world.units["school_b1"]), role="homeroom_teacher"))
        me = ok(await (await sign_in_client(world, someone.username)).get(f"{AUTH}/me"))
        assert (me["role"], me["unit_id"]) == ("homeroom_teacher", str(world.units["school_b1"]))

    async def test_a_new_name_ends_nothing(self, world: World, administrator: Client) -> None:
        someone = await create_user(world)
        inside = await sign_in_client(world, someone.username)
        assert ok(await change(administrator, someone.id, full_name="Tên Bịa Khác"))["full_name"] == "Tên Bịa Khác"
        assert await is_signed_in(inside)

    @pytest.mark.parametrize("name", ["full_name", "role", "unit_id", "status"])
    async def test_nothing_of_an_account_can_be_cleared(self, world: World, administrator: Client, name: str) -> None:
        someone = await create_user(world)
        assert_problem(await change(administrator, someone.id, **{name: None}), 422, "not_clearable", f"/{name}")

    async def test_a_changed_role_must_be_of_the_units_level(self, world: World, administrator: Client) -> None:
        someone = await create_user(world)
        assert_problem(
            await change(administrator, someone.id, role="bureau_officer"), 422, "role_not_of_level", "/role"
        )
        assert_problem(
            await change(administrator, someone.id, unit_id=str(world.units["bureau_a"])),
            422,
            "role_not_of_level",
            "/role",
        )

    async def test_people_of_a_closed_unit_may_be_suspended_or_moved_on(
        self, world: World, administrator: Client
    ) -> None:
        place = await create_unit(world)
        leaving, staying = await create_user(world, unit=place.id), await create_user(world, unit=place.id)
        await schedule_unit_closure(world, place.id, in_days=0)
        assert ok(await change(administrator, leaving.id, status="suspended"))["status"] == "suspended"
        ok(await change(administrator, staying.id, unit_id=str(world.units["school_a1"])))
        ok(await sign_in(world, staying.username))

    async def test_nobody_changes_their_own_account_and_another_administrator_may(
        self, world: World, administrator: Client
    ) -> None:
        someone = await create_user(world, Role.SYSTEM_ADMINISTRATOR, "bureau_a", second_factor=True)
        own = await world.fresh_client(someone.username)
        current = {"If-Match": await read_etag(own, path(someone.id))}
        assert_problem(await change(own, someone.id, full_name="Tôi"), 403, "forbidden")
        assert_problem(await own.post(f"{path(someone.id)}/password-reset", headers=current), 403, "forbidden")
        ok(await change(administrator, someone.id, full_name="Người Khác Sửa (bịa)"))
        current = {"If-Match": await read_etag(administrator, path(someone.id))}
        ok(await administrator.post(f"{path(someone.id)}/password-reset", headers=current))

    async def test_of_two_who_change_at_once_the_second_reads_again(self, world: World, administrator: Client) -> None:
        someone = await create_user(world)
        read = await read_etag(administrator, path(someone.id))
        ok(await administrator.patch(path(someone.id), {"full_name": "Một"}, read))
        assert_problem(await administrator.patch(path(someone.id), {"full_name": "Hai"}, read), 412, "stale")


class TestResetting:
    async def test_a_reset_gives_a_new_first_password_and_ends_sessions_and_second_factor(
        self, world: World, administrator: Client
    ) -> None:
        someone = await create_user(world, second_factor=True)
        inside = await sign_in_client(world, someone.username, otp=someone.code())
        current = {"If-Match": await read_etag(administrator, path(someone.id))}
        response = await administrator.post(f"{path(someone.id)}/password-reset", headers=current)
        password = ok(response)["first_password"]
        assert not await is_signed_in(inside)
        assert_problem(await sign_in(world, someone.username), 401, "bad_credentials")
        tokens = ok(await sign_in(world, someone.username, password))
        assert tokens["pending"] == "password_change"
        account = ok(await administrator.get(path(someone.id)))
        assert (account["must_change_password"], account["totp_enrolled_at"]) == (True, None)
        assert_problem(await administrator.post(f"{path(someone.id)}/password-reset", headers=current), 412, "stale")
