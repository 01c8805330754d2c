"""Sessions: refresh tokens are single-use, and revocation applies immediately."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.services.accounts.authenticator import Authenticator
from tests.factories.accounts import (
    AUTH,
    client_with_token,
    create_user,
    is_signed_in,
    refresh_session,
    sign_in,
    sign_in_client,
)
from tests.factories.clock import AdvanceClock
from tests.factories.http import assert_problem, ok
from tests.province import PASSWORD
from tests.world import World

DAY_S = 86_400


@pytest.fixture
def cached(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production: a session is looked up again after 0.9 s."""
    settings = world.runtime.settings.model_copy(update={"revocation_cache_s": 0.9})
    monkeypatch.setitem(
        world.app.state._state, "authenticator", Authenticator(replace(world.runtime, settings=settings))
    )


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
        assert_problem(await refresh_session(world, first["refresh_token"]), 401, "bad_credentials")
        assert_problem(await refresh_session(world, first["refresh_token"]), 401, "bad_credentials")
        assert_problem(await refresh_session(world, second["refresh_token"]), 401, "bad_credentials")
        assert not await is_signed_in(client_with_token(world, first))
        assert not await is_signed_in(client_with_token(world, second))

    async def test_concurrent_reuse_of_a_refresh_token_counts_as_theft(self, world: World) -> None:
        token = (await tokens_of(world))["refresh_token"]
        both = await asyncio.gather(refresh_session(world, token), refresh_session(world, token))
        assert sorted(answer.status_code for answer in both) == [200, 401]

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

    async def test_any_ending_bites_within_a_second(self, world: World, advance_clock: AdvanceClock) -> None:
        first = await tokens_of(world)
        second = ok(await refresh_session(world, first["refresh_token"]))
        inside = client_with_token(world, second)
        assert await is_signed_in(inside)
        assert_problem(await refresh_session(world, first["refresh_token"]), 401, "bad_credentials")
        advance_clock(seconds=1)
        assert not await is_signed_in(inside)

    async def test_password_change_revokes_sessions_immediately(self, world: World) -> None:
        someone = await create_user(world)
        other, this = await sign_in_client(world, someone.username), await sign_in_client(world, someone.username)
        assert await is_signed_in(other)
        body = {"old_password": PASSWORD, "new_password": "mot mat khau khac han 7"}
        ok(await this.post(f"{AUTH}/password", body))
        assert not await is_signed_in(other)
