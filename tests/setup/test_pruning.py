"""Pruning: what requests left behind goes when its time is over, and not a moment before."""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, select

from app.core.ids import new_id
from app.core.time import utc_now
from app.models.accounts import LoginThrottle, RefreshToken, SignIn
from app.models.base import Base
from app.models.platform.requests import IdempotencyKey, SpentProof
from app.models.platform.watched_links import WatchedLink
from app.security.access.scope import ALL
from app.services.platform.idempotency import LIFETIME
from app.services.setup.pruning import prune
from tests.factories.accounts import create_user, sign_in_client
from tests.factories.http import API, assert_problem, ok
from tests.world import World

INTAKE = {"source_channel": "parent", "narrative": "Chuyện bịa để thử."}
KEY = {"Idempotency-Key": "bia-1"}


async def pruned(world: World, after: timedelta) -> None:
    async with world.runtime.work(ALL) as work:
        work.now += after
        await prune(work)
        await work.commit()


async def count(world: World, model: type[Base], *which: ColumnElement[bool]) -> int:
    async with world.runtime.work(ALL, write=False) as work:
        return await work.session.scalar(select(func.count()).select_from(model).where(*which)) or 0


async def test_answer_is_stored_for_a_day_and_then_its_key_is_free(world: World) -> None:
    school = await world.client("a1.head")
    first = ok(await school.post(f"{API}/intakes", INTAKE, headers=KEY), 201)
    await pruned(world, LIFETIME - timedelta(minutes=1))
    assert ok(await school.post(f"{API}/intakes", INTAKE, headers=KEY), 201) == first
    await pruned(world, LIFETIME + timedelta(minutes=1))
    assert await count(world, IdempotencyKey, IdempotencyKey.created_at <= utc_now()) == 0
    assert ok(await school.post(f"{API}/intakes", INTAKE, headers=KEY), 201) != first


async def test_a_spent_proof_is_remembered_until_it_expires(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        work.session.add(SpentProof(digest="0" * 64, expires_at=work.now + timedelta(minutes=10)))
        await work.commit()
    await pruned(world, timedelta(minutes=9))
    assert await count(world, SpentProof) == 1
    await pruned(world, timedelta(minutes=11))
    assert await count(world, SpentProof) == 0


async def test_a_watched_link_is_remembered_until_it_ends(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        work.session.add(WatchedLink(id=new_id(), expires_at=work.now + timedelta(minutes=10)))
        await work.commit()
    await pruned(world, timedelta(minutes=9))
    assert await count(world, WatchedLink) == 1
    await pruned(world, timedelta(minutes=11))
    assert await count(world, WatchedLink) == 0


async def test_a_session_outlives_pruning_until_its_last_token_has_expired(world: World) -> None:
    inside = await sign_in_client(world, (await create_user(world)).username)
    sessions = await count(world, SignIn)
    await pruned(world, timedelta(days=1))
    ok(await inside.get(f"{API}/auth/me"))
    await pruned(world, timedelta(days=world.runtime.settings.refresh_absolute_days + 1))
    assert await count(world, SignIn) < sessions
    assert await count(world, RefreshToken) == 0
    assert_problem(await inside.get(f"{API}/auth/me"), 401, "bad_token")


async def test_failures_at_a_name_are_forgotten_once_forgiven(world: World) -> None:
    assert_problem(
        await world.http.post(f"{API}/auth/sign-in", json={"username": "ai.do", "password": "sai"}),
        401,
        "bad_credentials",
    )
    await pruned(world, timedelta(minutes=59))
    assert await count(world, LoginThrottle) == 1
    await pruned(world, timedelta(minutes=61))
    assert await count(world, LoginThrottle) == 0
