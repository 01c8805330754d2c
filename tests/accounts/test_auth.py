"""Sign-in: passwords, throttling of guesses, first passwords and second factors."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select

from app.core import time
from app.core.vocabulary import AccountStatus
from app.models.accounts import LoginThrottle, User
from app.security.access.roles import Role
from app.security.access.scope import ALL
from app.security.crypto.passwords import Passwords
from app.services.accounts.auth import FREE_FAILURES
from tests.factories.accounts import AUTH, client_with_token, create_user, is_signed_in, sign_in, sign_in_client
from tests.factories.clock import AdvanceClock
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.units import create_unit, schedule_unit_closure
from tests.province import PASSWORD
from tests.world import Client, World

WRONG = "khong-phai-mat-khau-nay"
NEW = "mot mat khau khac han 7"


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str | bytes]:
    """The hashes that argon2 was asked to open."""
    asked: list[str | bytes] = []
    genuine = Argon2Hasher.verify

    def verify(self: Argon2Hasher, password: str | bytes, known: str | bytes) -> bool:
        asked.append(known)
        return genuine(self, password, known)

    monkeypatch.setattr(Argon2Hasher, "verify", verify)
    return asked


class TestPasswords:
    async def test_the_right_password_opens_a_session(self, world: World) -> None:
        someone = await create_user(world)
        tokens = ok(await sign_in(world, someone.username, device="máy thử"))
        assert tokens["pending"] is None
        assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
        me = ok(await client_with_token(world, tokens).get(f"{AUTH}/me"))
        assert (me["id"], me["role"]) == (str(someone.id), "school_head")

    async def test_a_username_is_read_as_people_type_it(self, world: World) -> None:
        someone = await create_user(world)
        ok(await sign_in(world, f" {someone.username.upper()} "))

    @pytest.mark.parametrize("place", ["door", "inside"])
    async def test_a_password_reset_while_it_is_verified_opens_nothing(
        self, world: World, administrator: Client, monkeypatch: pytest.MonkeyPatch, place: str
    ) -> None:
        someone = await create_user(world)
        inside = await sign_in_client(world, someone.username)
        account = f"{API}/users/{someone.id}"
        genuine = Passwords.verify

        async def overtaken(self: Passwords, password: str, known: str | None) -> bool:
            opens = await genuine(self, password, known)
            reset = await administrator.post(
                f"{account}/password-reset", headers={"If-Match": await read_etag(administrator, account)}
            )
            assert reset.status_code == 200
            return opens

        monkeypatch.setattr(Passwords, "verify", overtaken)
        change = {"old_password": PASSWORD, "new_password": NEW}
        tried = sign_in(world, someone.username) if place == "door" else inside.post(f"{AUTH}/password", change)
        assert_problem(await tried, 401, "bad_credentials")

    async def test_failure_does_not_reveal_which_part_was_wrong(self, world: World, verified: list[str]) -> None:
        known, suspended = await create_user(world), await create_user(world)
        async with world.runtime.work(ALL) as work:
            user = await work.session.scalar(select(User).where(User.id == suspended.id))
            assert user is not None
            user.status = AccountStatus.SUSPENDED
            await work.commit()
        place = await create_unit(world)
        orphan = await create_user(world, unit=place.id)
        await schedule_unit_closure(world, place.id, in_days=0)
        answers = {}
        costs = []
        tries = {
            "wrong": (known.username, WRONG),
            "unknown": (f"{known.username}.khong-co", PASSWORD),
            "suspended": (suspended.username, PASSWORD),
            "closed unit": (orphan.username, PASSWORD),
        }
        for case, (name, password) in tries.items():
            verified.clear()
            response = await sign_in(world, name, password)
            problem = response.json()
            problem = {key: problem[key] for key in problem.keys() - {"instance", "request_id"}}
            answers[case] = (response.status_code, problem, sorted(response.headers.keys()))
            costs.append([hashed.rsplit("$", 2)[0] for hashed in verified])
        assert {status for status, _, _ in answers.values()} == {401}
        assert [problem["code"] for _, problem, _ in answers.values()] == ["bad_credentials"] * 4
        assert all(answer == answers["wrong"] for answer in answers.values())
        assert all(cost == costs[0] and len(cost) == 1 for cost in costs)

    async def test_a_password_counts_however_the_keyboard_composes_its_letters(self, world: World) -> None:
        someone = await create_user(world)
        mine = await sign_in_client(world, someone.username)
        ok(await mine.post(f"{AUTH}/password", {"old_password": PASSWORD, "new_password": "đường tới trường ế"}))
        ok(await sign_in(world, someone.username, "đường tới trường e\u0302\u0301"))

    async def test_a_password_counts_with_a_letter_that_looks_like_d_with_a_stroke(self, world: World) -> None:
        someone = await create_user(world)
        tokens = ok(await sign_in(world, someone.username))
        new = "Đường số ba đi đâu 7"
        changed = {"old_password": PASSWORD, "new_password": new}
        ok(await client_with_token(world, tokens).post(f"{AUTH}/password", changed))
        for typed in (new, new.replace("Đ", "\u00d0").replace("đ", "\u00f0"), new.replace("Đ", "\u0189")):
            ok(await sign_in(world, someone.username, typed))

    @pytest.mark.parametrize("new", ["\u3164" * 12, "\u200b" * 12, "\u2800\u00ad\ufeff" * 5])
    async def test_a_password_of_nothing_is_none(self, world: World, new: str) -> None:
        someone = await create_user(world)
        signed = client_with_token(world, ok(await sign_in(world, someone.username)))
        answer = await signed.post(f"{AUTH}/password", {"old_password": PASSWORD, "new_password": new})
        assert_problem(answer, 422, "string_too_short", "/new_password")


class TestClosedUnits:
    async def test_users_of_a_closed_unit_cannot_sign_in_and_their_sessions_end(self, world: World) -> None:
        place = await create_unit(world)
        someone = await create_user(world, unit=place.id)
        tokens = ok(await sign_in(world, someone.username))
        inside = client_with_token(world, tokens)
        await schedule_unit_closure(world, place.id, in_days=1)
        assert await is_signed_in(inside)
        await schedule_unit_closure(world, place.id, in_days=0)
        assert not await is_signed_in(inside)
        assert_problem(await inside.get("/api/v1/units"), 401, "bad_token")
        assert_problem(await sign_in(world, someone.username), 401, "bad_credentials")
        body = {"refresh_token": tokens["refresh_token"]}
        assert_problem(await world.anonymous.post(f"{AUTH}/refresh", body), 401, "bad_credentials")


class TestThrottle:
    async def fail(self, world: World, name: str, times: int) -> list[int]:
        return [(await sign_in(world, name, WRONG)).status_code for _ in range(times)]

    @pytest.mark.parametrize("known", [True, False])
    async def test_five_failures_throttle_a_username_whether_it_exists_or_not(
        self, world: World, *, known: bool
    ) -> None:
        name = (await create_user(world)).username + ("" if known else ".khong-co")
        assert await self.fail(world, name, FREE_FAILURES) == [401] * FREE_FAILURES
        blocked = await sign_in(world, name)
        assert_problem(blocked, 429, "too_many_requests")
        assert 1 <= int(blocked.headers["Retry-After"]) <= 5

    async def test_the_wait_doubles_and_ends(self, world: World, advance_clock: AdvanceClock) -> None:
        name = (await create_user(world)).username
        await self.fail(world, name, FREE_FAILURES)
        advance_clock(seconds=5)
        assert await self.fail(world, name, 2) == [401, 429]
        waits = await sign_in(world, name, WRONG)
        assert 5 < int(waits.headers["Retry-After"]) <= 9
        advance_clock(seconds=20)
        ok(await sign_in(world, name))
        assert await self.fail(world, name, 2) == [401, 401]

    async def test_the_longest_wait_is_five_minutes(self, world: World, advance_clock: AdvanceClock) -> None:
        name = (await create_user(world)).username
        for tried in range(12):
            advance_clock(minutes=6 * tried)
            await self.fail(world, name, 1)
        assert int((await sign_in(world, name)).headers["Retry-After"]) <= 301

    async def test_failures_are_forgiven_after_an_hour(self, world: World, advance_clock: AdvanceClock) -> None:
        name = (await create_user(world)).username
        await self.fail(world, name, FREE_FAILURES)
        advance_clock(minutes=61)
        assert await self.fail(world, name, 2) == [401, 401]

    async def test_concurrent_guesses_are_limited_like_sequential_ones(self, world: World, verified: list[str]) -> None:
        name = (await create_user(world)).username
        answers = await asyncio.gather(*(sign_in(world, name, WRONG) for _ in range(16)))
        assert sorted(a.status_code for a in answers) == [401] * FREE_FAILURES + [429] * (16 - FREE_FAILURES)
        assert len(verified) == FREE_FAILURES

    async def test_attempted_names_are_not_stored(self, world: World) -> None:
        name = (await create_user(world)).username
        await self.fail(world, name, 1)
        async with world.runtime.work(ALL) as work:
            throttles = (await work.session.scalars(select(LoginThrottle))).all()
        assert throttles
        assert not any(name in throttle.digest for throttle in throttles)


class TestFirstPassword:
    async def test_it_must_be_changed_before_anything_else(self, world: World) -> None:
        someone = await create_user(world, first_password=True)
        tokens = ok(await sign_in(world, someone.username))
        assert tokens["pending"] == "password_change"
        newcomer = client_with_token(world, tokens)
        for path in ("/api/v1/units", "/api/v1/incidents", "/api/v1/users", "/api/v1/clock-rules"):
            assert_problem(await newcomer.get(path), 403, "password_change_required")
        assert_problem(await newcomer.post("/api/v1/intakes", {}), 403, "password_change_required")
        assert ok(await newcomer.get(f"{AUTH}/me"))["pending"] == "password_change"
        changed = ok(await newcomer.post(f"{AUTH}/password", {"old_password": PASSWORD, "new_password": NEW}))
        assert changed["pending"] is None
        ok(await client_with_token(world, changed).get("/api/v1/units"))

    @pytest.mark.parametrize(
        ("new", "code"),
        [
            ("ngan-qua-11", "password_length"),
            ("aaaaaabbbbbb", "password_weak"),
            (PASSWORD, "password_unchanged"),
            ("123456789012", "password_weak"),
            ("password1234", "password_weak"),
            ("matkhau123456", "password_weak"),
            ("{username}-va-2026", "password_weak"),
        ],
    )
    async def test_a_poor_new_password_is_refused(self, world: World, new: str, code: str) -> None:
        someone = await create_user(world)
        inside = await sign_in_client(world, someone.username)
        body = {"old_password": PASSWORD, "new_password": new.format(username=someone.username.upper())}
        assert_problem(await inside.post(f"{AUTH}/password", body), 422, code, "/new_password")
        ok(await sign_in(world, someone.username))

    async def test_an_open_session_guesses_its_password_no_faster_than_at_the_door(self, world: World) -> None:
        someone = await create_user(world)
        found = await sign_in_client(world, someone.username)
        for _ in range(FREE_FAILURES):
            body = {"old_password": WRONG, "new_password": NEW}
            assert_problem(await found.post(f"{AUTH}/password", body), 422, "wrong_password", "/old_password")
        right = {"old_password": PASSWORD, "new_password": NEW}
        assert_problem(await found.post(f"{AUTH}/password", right), 429, "too_many_requests")
        assert_problem(await sign_in(world, someone.username), 429, "too_many_requests")

    async def test_a_change_ends_every_other_session(self, world: World) -> None:
        someone = await create_user(world)
        other = await sign_in_client(world, someone.username)
        this = await sign_in_client(world, someone.username)
        assert_problem(
            await this.post(f"{AUTH}/password", {"old_password": WRONG, "new_password": NEW}),
            422,
            "wrong_password",
            "/old_password",
        )
        assert await is_signed_in(other)
        changed = ok(await this.post(f"{AUTH}/password", {"old_password": PASSWORD, "new_password": NEW}))
        assert [await is_signed_in(c) for c in (other, this, client_with_token(world, changed))] == [False, False, True]
        assert_problem(await sign_in(world, someone.username), 401, "bad_credentials")
        ok(await sign_in(world, someone.username, NEW))


class TestSecondFactor:
    async def enrol(self, client: Client) -> str:
        return str(ok(await client.post(f"{AUTH}/totp"), 201)["secret"])

    async def test_an_administrator_enrols_before_anything_else(
        self, world: World, advance_clock: AdvanceClock
    ) -> None:
        someone = await create_user(world, Role.SYSTEM_ADMINISTRATOR, "bureau_a")
        tokens = ok(await sign_in(world, someone.username))
        assert tokens["pending"] == "totp_enrolment"
        newcomer = client_with_token(world, tokens)
        assert_problem(await newcomer.get("/api/v1/users"), 403, "totp_enrolment_required")
        offered = ok(await newcomer.post(f"{AUTH}/totp"), 201)
        assert offered["otpauth_uri"].startswith("otpauth://totp/")
        totp = pyotp.TOTP(offered["secret"])
        wrong = f"{(int(totp.at(time.utc_now())) + 1) % 10**6:06}"
        assert_problem(await newcomer.post(f"{AUTH}/totp/confirmation", {"otp": wrong}), 422, "wrong_code", "/otp")
        confirmed = ok(await newcomer.post(f"{AUTH}/totp/confirmation", {"otp": totp.at(time.utc_now())}))
        assert confirmed["pending"] is None
        ok(await client_with_token(world, confirmed).get("/api/v1/users"))
        assert not await is_signed_in(newcomer)
        assert_problem(await client_with_token(world, confirmed).post(f"{AUTH}/totp"), 409, "duplicate")
        advance_clock(seconds=60)
        assert_problem(await sign_in(world, someone.username), 401, "otp_required")
        ok(await sign_in(world, someone.username, otp=totp.at(time.utc_now())))

    async def test_a_confirmation_needs_an_enrolment_that_waits_for_it(self, world: World) -> None:
        someone = await create_user(world, second_factor=True)
        inside = await sign_in_client(world, someone.username, otp=someone.code())
        assert_problem(
            await inside.post(f"{AUTH}/totp/confirmation", {"otp": someone.code()}), 422, "wrong_code", "/otp"
        )

    async def test_a_password_change_and_an_enrolment_are_asked_one_after_the_other(self, world: World) -> None:
        someone = await create_user(world, Role.SYSTEM_ADMINISTRATOR, "department", first_password=True)
        tokens = ok(await sign_in(world, someone.username))
        assert tokens["pending"] == "password_change"
        body = {"old_password": PASSWORD, "new_password": NEW}
        assert ok(await client_with_token(world, tokens).post(f"{AUTH}/password", body))["pending"] == "totp_enrolment"

    async def test_second_factor_code_is_single_use(self, world: World) -> None:
        someone = await create_user(world, second_factor=True)
        code = someone.code()
        ok(await sign_in(world, someone.username, otp=code))
        assert_problem(await sign_in(world, someone.username, otp=code), 401, "bad_credentials")

    async def test_concurrent_use_of_one_code_succeeds_once(self, world: World) -> None:
        someone = await create_user(world, second_factor=True)
        both = await asyncio.gather(*(sign_in(world, someone.username, otp=someone.code()) for _ in range(2)))
        assert sorted(answer.status_code for answer in both) == [200, 401]

    @pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
    async def test_clocks_may_differ_by_one_step(
        self, world: World, monkeypatch: pytest.MonkeyPatch, steps: int, status: int
    ) -> None:
        someone = await create_user(world, second_factor=True)
        now = time.utc_now()
        monkeypatch.setattr(time, "utc_now", lambda: now)
        code = someone.code(now + timedelta(seconds=30 * steps))
        assert (await sign_in(world, someone.username, otp=code)).status_code == status

    async def test_guessing_codes_is_slowed_and_asking_for_one_does_not_make_up_for_it(self, world: World) -> None:
        someone = await create_user(world, second_factor=True)
        wrong = f"{(int(someone.code()) + 1) % 10**6:06}"
        for _ in range(FREE_FAILURES - 1):
            assert_problem(await sign_in(world, someone.username, otp=wrong), 401, "bad_credentials")
            assert_problem(await sign_in(world, someone.username), 401, "otp_required")
        assert_problem(await sign_in(world, someone.username, otp=wrong), 401, "bad_credentials")
        assert_problem(await sign_in(world, someone.username, otp=someone.code()), 429, "too_many_requests")

    async def test_a_second_factor_without_its_secret_opens_nothing(self, world: World) -> None:
        someone = await create_user(world, second_factor=True)
        async with world.runtime.work(ALL) as work:
            user = await work.session.scalar(select(User).where(User.id == someone.id))
            assert user is not None
            user.totp_sealed = None
            await work.commit()
        assert_problem(await sign_in(world, someone.username, otp=someone.code()), 401, "bad_credentials")
