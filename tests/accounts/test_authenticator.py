"""The authenticator: an access token grants no more than the database allows at this moment."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from app.core import time
from app.core.problems import Problem
from app.models.accounts import SignIn, SubjectKind, User
from app.security.access.principal import Pending, Principal
from app.security.access.roles import Role
from app.security.access.scope import ALL
from app.services.accounts import authenticator as gates
from app.services.accounts.authenticator import Authenticator
from app.services.accounts.principal_cache import PrincipalCache
from tests.factories.accounts import UserAccount, create_user
from tests.factories.clock import AdvanceClock
from tests.world import World


async def session_of(world: World, someone: UserAccount, **changes: object) -> SignIn:
    async with world.runtime.work(ALL) as work:
        sign_in = SignIn(
            subject_id=someone.id,
            subject_kind=SubjectKind.USER,
            created_at=work.now,
            last_used_at=work.now,
            expires_at=work.now + timedelta(days=1),
        )
        for name, value in changes.items():
            setattr(sign_in, name, value)
        work.session.add(sign_in)
        await work.commit()
        return sign_in


def token(world: World, subject: UUID, session_id: UUID, epoch: int = 1, now: datetime | None = None) -> str:
    return world.runtime.tokens.mint(
        subject=subject, client_id="first-party", session_id=session_id, epoch=epoch, now=now or time.utc_now()
    )


def authenticator(world: World, cache_s: float = 0) -> Authenticator:
    settings = world.runtime.settings.model_copy(update={"revocation_cache_s": cache_s})
    return Authenticator(replace(world.runtime, settings=settings))


def stalled_look_ups(monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Each look-up reads, says so by the first event, and answers after the second."""
    load, read, go_on = Authenticator.load_principal, asyncio.Event(), asyncio.Event()

    async def slow(self: Authenticator, subject: UUID, session_id: UUID, epoch: int) -> Principal:
        principal = await load(self, subject, session_id, epoch)
        read.set()
        await go_on.wait()
        return principal

    monkeypatch.setattr(Authenticator, "load_principal", slow)
    return read, go_on


async def set_epoch(world: World, someone: UserAccount, epoch: int) -> None:
    async with world.runtime.work(ALL) as work:
        await work.session.execute(update(User).where(User.id == someone.id).values(epoch=epoch))
        await work.commit()


class TestAuthentication:
    async def test_rights_come_from_the_database_not_the_token(self, world: World) -> None:
        someone = await create_user(world, Role.COUNSELLOR)
        sign_in = await session_of(world, someone)
        principal = await authenticator(world).authenticate(token(world, someone.id, sign_in.id))
        assert (principal.id, principal.role, principal.unit_id) == (
            someone.id,
            Role.COUNSELLOR,
            world.units["school_a1"],
        )
        assert (principal.sign_in_id, principal.scopes, principal.pending) == (sign_in.id, None, None)

    @pytest.mark.parametrize(
        ("role", "unit", "first", "factor", "pending"),
        [
            (Role.SCHOOL_HEAD, "school_a1", False, False, None),
            (Role.SCHOOL_HEAD, "school_a1", True, False, Pending.PASSWORD_CHANGE),
            (Role.SYSTEM_ADMINISTRATOR, "department", False, False, Pending.TOTP_ENROLMENT),
            (Role.SYSTEM_ADMINISTRATOR, "department", True, False, Pending.PASSWORD_CHANGE),
            (Role.SYSTEM_ADMINISTRATOR, "department", False, True, None),
        ],
    )
    async def test_pending_requirements_are_reported_before_the_request_runs(
        self, world: World, role: Role, unit: str, *, first: bool, factor: bool, pending: Pending | None
    ) -> None:
        someone = await create_user(world, role, unit, first_password=first, second_factor=factor)
        sign_in = await session_of(world, someone)
        assert (await authenticator(world).authenticate(token(world, someone.id, sign_in.id))).pending == pending

    async def test_it_refuses_alike_whatever_is_wrong(self, world: World) -> None:
        someone, other = await create_user(world), await create_user(world)
        live = await session_of(world, someone)
        ended = await session_of(world, someone, revoked_at=time.utc_now())
        lapsed = await session_of(world, someone, expires_at=time.utc_now())
        machine = await session_of(world, someone, subject_kind=SubjectKind.CLIENT)
        nobodys = await session_of(world, replace(someone, id=uuid4()))
        wrong = {
            "no token": "x",
            "no such session": token(world, someone.id, uuid4()),
            "another's session": token(world, other.id, live.id),
            "ended": token(world, someone.id, ended.id),
            "lapsed": token(world, someone.id, lapsed.id),
            "a newer epoch": token(world, someone.id, live.id, epoch=2),
            "a user taken for a client": token(world, someone.id, machine.id),
            "no such account": token(world, nobodys.subject_id, nobodys.id),
        }
        for each in wrong.values():
            with pytest.raises(Problem, match="bad_token"):
                await authenticator(world).authenticate(each)
        await authenticator(world).authenticate(token(world, someone.id, live.id))

    async def test_a_new_epoch_outdates_every_older_token(self, world: World) -> None:
        someone = await create_user(world)
        sign_in = await session_of(world, someone)
        old = token(world, someone.id, sign_in.id)
        await set_epoch(world, someone, 2)
        with pytest.raises(Problem, match="bad_token"):
            await authenticator(world).authenticate(old)
        await authenticator(world).authenticate(token(world, someone.id, sign_in.id, epoch=2))


class TestCache:
    async def test_it_remembers_for_so_long_and_no_longer(self, world: World, advance_clock: AdvanceClock) -> None:
        someone = await create_user(world)
        sign_in = await session_of(world, someone)
        mine, cached = token(world, someone.id, sign_in.id), authenticator(world, cache_s=0.9)
        first = await cached.authenticate(mine)
        await set_epoch(world, someone, 2)
        assert await cached.authenticate(mine) is first
        advance_clock(seconds=0.9)
        with pytest.raises(Problem, match="bad_token"):
            await cached.authenticate(mine)

    async def test_invalidated_principal_is_loaded_again(self, world: World) -> None:
        someone = await create_user(world)
        one, other = await session_of(world, someone), await session_of(world, someone)
        cached = authenticator(world, cache_s=0.9)
        tokens = [token(world, someone.id, each.id) for each in (one, other)]
        for each in tokens:
            await cached.authenticate(each)
        await set_epoch(world, someone, 2)
        await cached.authenticate(tokens[0])
        world.runtime.cache(PrincipalCache).forget(one.subject_id)
        for each in tokens:
            with pytest.raises(Problem, match="bad_token"):
                await cached.authenticate(each)

    async def test_concurrent_requests_share_one_lookup(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        someone = await create_user(world)
        live, ended = await session_of(world, someone), await session_of(world, someone, revoked_at=time.utc_now())
        good, bad = (token(world, someone.id, each.id) for each in (live, ended))
        cached, load, asked = authenticator(world, cache_s=0.9), Authenticator.load_principal, list[UUID]()

        async def noted(self: Authenticator, subject: UUID, session_id: UUID, epoch: int) -> Principal:
            asked.append(session_id)
            return await load(self, subject, session_id, epoch)

        monkeypatch.setattr(Authenticator, "load_principal", noted)
        admitted = await asyncio.gather(*(cached.authenticate(good) for _ in range(4)))
        assert [each.id for each in admitted] == [someone.id] * 4
        refused = await asyncio.gather(*(cached.authenticate(bad) for _ in range(4)), return_exceptions=True)
        assert [str(each) for each in refused] == ["bad_token"] * 4
        assert asked == [live.id, ended.id]

    async def test_lookup_started_before_invalidation_is_not_cached(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        someone = await create_user(world)
        mine = token(world, someone.id, (await session_of(world, someone)).id)
        cached, (read, go_on) = authenticator(world, cache_s=0.9), stalled_look_ups(monkeypatch)
        before = asyncio.create_task(cached.authenticate(mine))
        await read.wait()
        await set_epoch(world, someone, 2)
        world.runtime.cache(PrincipalCache).forget(someone.id)
        go_on.set()
        after = asyncio.create_task(cached.authenticate(mine))
        assert (await before).id == someone.id
        with pytest.raises(Problem, match="bad_token"):
            await after
        with pytest.raises(Problem, match="bad_token"):
            await cached.authenticate(mine)

    async def test_cached_principal_is_never_replaced_by_an_older_lookup(
        self, world: World, advance_clock: AdvanceClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        someone = await create_user(world)
        mine = token(world, someone.id, (await session_of(world, someone)).id)
        cached, (read, go_on) = authenticator(world, cache_s=0.9), stalled_look_ups(monkeypatch)
        stalled = asyncio.create_task(cached.authenticate(mine))
        await read.wait()
        await set_epoch(world, someone, 2)
        advance_clock(seconds=1)
        after = asyncio.create_task(cached.authenticate(mine))
        go_on.set()
        assert (await stalled).id == someone.id
        for asked in (after, cached.authenticate(mine)):
            with pytest.raises(Problem, match="bad_token"):
                await asked

    async def test_it_remembers_no_token_beyond_its_end(self, world: World, advance_clock: AdvanceClock) -> None:
        someone = await create_user(world)
        sign_in = await session_of(world, someone)
        ending = time.utc_now() - timedelta(seconds=870)
        mine, cached = token(world, someone.id, sign_in.id, now=ending), authenticator(world, cache_s=60)
        await cached.authenticate(mine)
        advance_clock(seconds=31)
        with pytest.raises(Problem, match="bad_token"):
            await cached.authenticate(mine)

    async def test_its_memory_is_bounded(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gates, "MAX_CACHED", 2)
        someone = await create_user(world)
        cached = authenticator(world, cache_s=0.9)
        for _ in range(5):
            await cached.authenticate(token(world, someone.id, (await session_of(world, someone)).id))
        assert len(world.runtime.cache(PrincipalCache).known) <= 2
        async with world.runtime.work(ALL) as work:
            assert len((await work.session.scalars(select(SignIn).where(SignIn.subject_id == someone.id))).all()) == 5
