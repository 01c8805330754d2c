"""Sessions: refresh tokens are single-use, and revocation applies immediately."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.models.accounts import RefreshToken
from app.security.access.scope import ALL
from app.security.crypto.passwords import Passwords
from app.security.crypto.successors import open_successor
from app.services.accounts.auth import digest
from app.services.platform.unit_of_work import UnitOfWork
from app.services.setup.pruning import prune
from tests.factories.accounts import (
    AUTH,
    client_with_token,
    create_integration_client,
    create_user,
    is_signed_in,
    refresh_session,
    sign_in,
    sign_in_client,
)
from tests.factories.applications import open_second_application
from tests.factories.clock import AdvanceClock
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.province import PASSWORD
from tests.world import Client, World

DAY_S = 86_400


async def tokens_of(world: World) -> dict[str, Any]:
    tokens: dict[str, Any] = ok(await sign_in(world, (await create_user(world)).username))
    return tokens


class TestRefreshTokens:
    async def test_refresh_token_is_single_use(self, world: World) -> None:
        first = await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        assert second["refresh_token"] != first["refresh_token"]
        assert await is_signed_in(client_with_token(world, second))
        ok(await refresh_session(world, second["refresh_token"]))

    async def test_a_second_use_ends_the_whole_family(self, world: World) -> None:
        first = await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        third = ok(await refresh_session(world, second["refresh_token"]))
        assert_problem(await refresh_session(world, first["refresh_token"]), 401, "bad_credentials")
        for tokens in (first, second, third):
            assert_problem(await refresh_session(world, tokens["refresh_token"]), 401, "bad_credentials")
            assert not await is_signed_in(client_with_token(world, tokens))

    async def test_an_unknown_one_is_refused(self, world: World) -> None:
        assert_problem(await refresh_session(world, "khong-ai-phat-ra-ma-nay"), 401, "bad_credentials")

    async def test_it_lapses_when_unused(self, world: World, advance_clock: AdvanceClock) -> None:
        token = (await tokens_of(world))["refresh_token"]
        advance_clock(seconds=14 * DAY_S - 60)
        newer = ok(await refresh_session(world, token))["refresh_token"]
        advance_clock(seconds=28 * DAY_S)
        assert_problem(await refresh_session(world, newer), 401, "bad_credentials")

    async def test_it_lapses_however_much_it_is_used(self, world: World, advance_clock: AdvanceClock) -> None:
        tokens = await tokens_of(world)
        for day in range(10, 90, 10):
            advance_clock(days=day)
            tokens = ok(await refresh_session(world, tokens["refresh_token"]))
        advance_clock(days=90, seconds=60)
        assert_problem(await refresh_session(world, tokens["refresh_token"]), 401, "bad_credentials")
        assert not await is_signed_in(client_with_token(world, tokens))


class TestLostAnswer:
    """For ten seconds a used refresh token yields its successor again, if nobody used that."""

    async def test_the_same_successor_comes_again_with_a_fresh_access_token(
        self, world: World, advance_clock: AdvanceClock
    ) -> None:
        first = await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        advance_clock(seconds=9)
        again = ok(await refresh_session(world, first["refresh_token"]))
        assert again["refresh_token"] == second["refresh_token"]
        assert again["access_token"] != second["access_token"]
        assert await is_signed_in(client_with_token(world, again))
        ok(await refresh_session(world, again["refresh_token"]))

    async def test_after_ten_seconds_a_second_use_ends_the_family(
        self, world: World, advance_clock: AdvanceClock
    ) -> None:
        first = await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        advance_clock(seconds=9)
        ok(await refresh_session(world, first["refresh_token"]))
        advance_clock(seconds=11)
        assert_problem(await refresh_session(world, first["refresh_token"]), 401, "bad_credentials")
        assert_problem(await refresh_session(world, second["refresh_token"]), 401, "bad_credentials")

    async def test_once_the_successor_is_used_a_second_use_ends_the_family(self, world: World) -> None:
        first = await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        third = ok(await refresh_session(world, second["refresh_token"]))
        assert_problem(await refresh_session(world, first["refresh_token"]), 401, "bad_credentials")
        assert_problem(await refresh_session(world, third["refresh_token"]), 401, "bad_credentials")

    async def test_an_ended_session_yields_nothing(self, world: World) -> None:
        first = await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        ok(await client_with_token(world, second).post(f"{AUTH}/sign-out"), 204)
        assert_problem(await refresh_session(world, first["refresh_token"]), 401, "bad_credentials")

    async def test_two_requests_at_once_get_the_same_successor(self, world: World) -> None:
        token = (await tokens_of(world))["refresh_token"]
        both = [ok(answer) for answer in await asyncio.gather(*(refresh_session(world, token) for _ in range(2)))]
        assert both[0]["refresh_token"] == both[1]["refresh_token"]
        for tokens in both:
            assert await is_signed_in(client_with_token(world, tokens))
        ok(await refresh_session(world, both[0]["refresh_token"]))

    async def test_the_database_alone_yields_no_successor(self, world: World) -> None:
        first, other = await tokens_of(world), await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        async with world.runtime.work(ALL, write=False) as work:
            rows = (await work.session.scalars(select(RefreshToken))).all()
            (used,) = [row for row in rows if row.digest == digest(first["refresh_token"])]
        assert used.successor_sealed is not None
        assert open_successor(first["refresh_token"], used.successor_sealed) == second["refresh_token"]
        for key in (used.digest, other["refresh_token"], second["refresh_token"], *(row.digest for row in rows)):
            with pytest.raises(ValueError, match="does not open"):
                open_successor(key, used.successor_sealed)

    async def test_the_sealed_successor_is_deleted_on_use_and_after_a_time(self, world: World) -> None:
        first, idle = await tokens_of(world), await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        ok(await refresh_session(world, idle["refresh_token"]))
        ok(await refresh_session(world, second["refresh_token"]))
        assert await self.has_sealed(world, first, second, idle) == [False, True, True]
        for seconds, expected in ((9, True), (11, False)):
            async with world.runtime.work(ALL) as work:
                work.now += timedelta(seconds=seconds)
                await prune(work)
                await work.commit()
            assert await self.has_sealed(world, idle) == [expected]

    async def has_sealed(self, world: World, *tokens: dict[str, Any]) -> list[bool]:
        async with world.runtime.work(ALL, write=False) as work:
            sealed = [
                await work.session.scalar(
                    select(RefreshToken.successor_sealed).where(RefreshToken.digest == digest(each["refresh_token"]))
                )
                for each in tokens
            ]
        return [each is not None for each in sealed]


class TestRevocation:
    async def test_signing_out_ends_this_session_only(self, world: World) -> None:
        someone = await create_user(world)
        tokens = ok(await sign_in(world, someone.username))
        this, other = client_with_token(world, tokens), await sign_in_client(world, someone.username)
        assert (await this.post(f"{AUTH}/sign-out")).status_code == 204
        assert [await is_signed_in(this), await is_signed_in(other)] == [False, True]
        assert_problem(await refresh_session(world, tokens["refresh_token"]), 401, "bad_credentials")

    async def test_signing_out_everywhere_ends_all_own_sessions(self, world: World) -> None:
        someone, another = await create_user(world), await sign_in_client(world, (await create_user(world)).username)
        devices = [await sign_in_client(world, someone.username) for _ in range(3)]
        assert (await devices[0].post(f"{AUTH}/sign-out-everywhere")).status_code == 204
        assert [await is_signed_in(device) for device in devices] == [False] * 3
        assert await is_signed_in(another)

    async def test_the_list_names_the_live_devices_and_marks_this_one(self, world: World) -> None:
        someone = await create_user(world)
        for device in ("máy bàn", "điện thoại"):
            this = await sign_in_client(world, someone.username, device=device)
        gone = await sign_in_client(world, someone.username)
        await gone.post(f"{AUTH}/sign-out")
        listed = ok(await this.get(f"{AUTH}/sessions"))
        assert [(s["device"], s["current"]) for s in listed] == [("điện thoại", True), ("máy bàn", False)]

    async def test_user_may_end_only_their_own_sessions(self, world: World) -> None:
        someone = await create_user(world)
        lost, this = await sign_in_client(world, someone.username), await sign_in_client(world, someone.username)
        stranger = await sign_in_client(world, (await create_user(world)).username)
        session = next(s["id"] for s in ok(await this.get(f"{AUTH}/sessions")) if not s["current"])
        assert_problem(await stranger.delete(f"{AUTH}/sessions/{session}"), 404, "not_found")
        assert await is_signed_in(lost)
        assert (await this.delete(f"{AUTH}/sessions/{session}")).status_code == 204
        assert [await is_signed_in(lost), await is_signed_in(this)] == [False, True]


@pytest.mark.usefixtures("cached")
class TestProductionCache:
    async def test_revocation_in_this_process_applies_immediately(self, world: World) -> None:
        someone = await create_user(world)
        devices = [await sign_in_client(world, someone.username) for _ in range(3)]
        assert [await is_signed_in(device) for device in devices] == [True] * 3
        session = next(s["id"] for s in ok(await devices[2].get(f"{AUTH}/sessions")) if not s["current"])
        await devices[2].delete(f"{AUTH}/sessions/{session}")
        assert sorted([await is_signed_in(device) for device in devices]) == [False, True, True]
        await devices[2].post(f"{AUTH}/sign-out-everywhere")
        assert [await is_signed_in(device) for device in devices] == [False] * 3

    async def test_reuse_of_a_refresh_token_revokes_immediately(self, world: World) -> None:
        first = await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        third = client_with_token(world, ok(await refresh_session(world, second["refresh_token"])))
        assert await is_signed_in(third)
        assert_problem(await refresh_session(world, first["refresh_token"]), 401, "bad_credentials")
        assert not await is_signed_in(third)

    async def test_another_process_learns_of_any_ending_within_a_second(
        self, world: World, advance_clock: AdvanceClock
    ) -> None:
        inside = await sign_in_client(world, (await create_user(world)).username)
        assert await is_signed_in(inside)
        async with open_second_application(world) as other:
            ok(await other.post(f"{AUTH}/sign-out", headers=inside.headers), 204)
        advance_clock(seconds=1)
        assert not await is_signed_in(inside)

    async def test_password_change_revokes_sessions_immediately(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        someone = await create_user(world)
        other, this = await sign_in_client(world, someone.username), await sign_in_client(world, someone.username)
        used = use_during_hash(monkeypatch, other)
        body = {"old_password": PASSWORD, "new_password": "mot mat khau khac han 7"}
        ok(await this.post(f"{AUTH}/password", body))
        assert (used, await is_signed_in(other)) == ([True], False)

    async def test_password_reset_revokes_sessions_immediately(
        self, world: World, administrator: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        someone = await create_user(world)
        inside, account = await sign_in_client(world, someone.username), f"{API}/users/{someone.id}"
        used, etag = use_during_hash(monkeypatch, inside), await read_etag(administrator, account)
        ok(await administrator.post(f"{account}/password-reset", headers={"If-Match": etag}))
        assert (used, await is_signed_in(inside)) == ([True], False)

    async def test_suspended_user_is_out_immediately(self, world: World, administrator: Client) -> None:
        someone = await create_user(world)
        inside, account = await sign_in_client(world, someone.username), f"{API}/users/{someone.id}"
        assert await is_signed_in(inside)
        ok(await administrator.patch(account, {"status": "suspended"}, await read_etag(administrator, account)))
        assert not await is_signed_in(inside)

    async def test_suspended_client_is_out_immediately(
        self, world: World, administrator: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        system = await create_integration_client(world, "school_a1", "incident:read")
        account = f"{API}/clients/{ok(await system.get(f'{AUTH}/me'))['id']}"
        etag, genuine, used = await read_etag(administrator, account), UnitOfWork.commit, list[bool]()

        async def overtaken(self: UnitOfWork) -> None:
            if self.operation == "suspend_client":
                used.append(await is_signed_in(system))
            await genuine(self)

        monkeypatch.setattr(UnitOfWork, "commit", overtaken)
        ok(await administrator.delete(account, etag), 204)
        assert (used, await is_signed_in(system)) == ([True], False)


def use_during_hash(monkeypatch: pytest.MonkeyPatch, client: Client) -> list[bool]:
    """Send a request of `client` while another request waits for the slow hash; whether it was admitted."""
    genuine, used = Passwords.hash, list[bool]()

    async def overtaken(self: Passwords, password: str) -> str:
        used.append(await is_signed_in(client))
        return await genuine(self, password)

    monkeypatch.setattr(Passwords, "hash", overtaken)
    return used
