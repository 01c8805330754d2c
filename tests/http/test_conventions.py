"""Conventions of every operation: preconditions, languages, headers, limits and refusals."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import NoReturn
from uuid import UUID, uuid4

import httpx
import pytest

from app.api.http import middleware
from app.api.http.limits import Policy, RequestLimits
from app.core.problems import CATALOGUE
from tests.factories.accounts import AUTH, create_user
from tests.factories.applications import open_second_application
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.world import Client, World

MERGE = {"Content-Type": "application/merge-patch+json"}
MINIMAL = {"Prefer": "return=minimal"}
NUMBERS = count(1)
SECRET = "ten-tre-em-bia"


REPORT = {"narrative": "Chuyện bịa để thử"}
ANONYMOUS: dict[Policy, tuple[str, str, object]] = {
    Policy.PUBLIC: ("GET", f"{API}/hotlines", None),
    Policy.REPORT: ("POST", f"{API}/public/intakes", REPORT),
    Policy.DIALOGUE: ("POST", f"{API}/public/receipts/thread", {"receipt": "mot hai ba bon nam sau bay tam"}),
    Policy.SIGN_IN: ("POST", "/oauth/token", None),
    Policy.REFRESH: ("POST", f"{AUTH}/refresh", {"refresh_token": "khong-ai-phat-ra-ma-nay"}),
}


async def send_anonymous(world: World, policy: Policy) -> httpx.Response:
    """A request of somebody without an account that counts by `policy`."""
    method, path, body = ANONYMOUS[policy]
    return await world.anonymous.call(method, path, json=body)


@pytest.fixture
async def incident(school_a1: Client) -> str:
    return f"{API}/incidents/{(await school_a1.create_intake())['incident_id']}"


class TestPreconditions:
    async def test_a_change_names_what_it_read(self, school_a1: Client, incident: str) -> None:
        patch = {"summary": "Bịa"}
        assert_problem(await school_a1.call("PATCH", incident, json=patch, headers=MERGE), 428, "precondition_required")
        for unread in ("1.3", '"1.3', '""', '"1.3" "2.3"', '*, "1.3"', f'"{"1" * 65}"'):
            refused = await school_a1.patch(incident, patch, unread)
            assert_problem(refused, 400, "bad_header", "header:If-Match")
        read = await read_etag(school_a1, incident)
        changed = await school_a1.patch(incident, patch, read)
        assert ok(changed)["summary"] == "Bịa"
        assert changed.headers["ETag"] == await read_etag(school_a1, incident) != read

    async def test_a_stale_change_is_refused_with_the_present_tag(self, school_a1: Client, incident: str) -> None:
        read = await read_etag(school_a1, incident)
        ok(await school_a1.patch(incident, {"summary": "Một"}, read))
        stale = await school_a1.patch(incident, {"summary": "Hai"}, read)
        assert_problem(stale, 412, "stale")
        assert stale.headers["ETag"] == await read_etag(school_a1, incident)
        assert ok(await school_a1.get(incident))["summary"] == "Một"

    async def test_of_two_changes_at_once_one_is_stale(self, school_a1: Client, incident: str) -> None:
        read = await read_etag(school_a1, incident)
        both = await asyncio.gather(*(school_a1.patch(incident, {"summary": text}, read) for text in ("Một", "Hai")))
        assert sorted(answer.status_code for answer in both) == [200, 412]
        assert_problem(next(answer for answer in both if answer.status_code != 200), 412, "stale")


class TestPreferences:
    async def test_prefer_minimal_returns_headers_without_a_body(self, school_a1: Client) -> None:
        body = {"source_channel": "in_person", "group": "school_violence", "narrative": "Bịa"}
        created = await school_a1.post(f"{API}/intakes", body, headers=MINIMAL)
        assert (created.status_code, created.content) == (201, b"")
        assert created.headers["Preference-Applied"] == "return=minimal"
        assert ok(await school_a1.get(created.headers["Location"]))["content"]["narrative"] == "Bịa"

    async def test_an_answer_without_a_body_is_204(self, school_a1: Client, incident: str) -> None:
        headers = MERGE | {"If-Match": await read_etag(school_a1, incident), "Prefer": "respond-async, Return=Minimal"}
        changed = await school_a1.call("PATCH", incident, json={"summary": "Bịa"}, headers=headers)
        assert (changed.status_code, changed.content) == (204, b"")
        assert changed.headers["ETag"] == await read_etag(school_a1, incident)

    async def test_what_is_shown_once_is_never_dropped(self, world: World, administrator: Client) -> None:
        school = str(world.units["school_a1"])
        account = {"username": f"ma.{next(NUMBERS)}.{world.engine}", "full_name": "Bịa", "unit_id": school}
        system = {"name": "Bịa", "unit_id": school, "scopes": ["incident:read"]}
        someone = await create_user(world)
        answers = {
            "receipt": await world.anonymous.post(f"{API}/public/intakes", {"narrative": "Bịa"}, headers=MINIMAL),
            "first_password": await administrator.post(
                f"{API}/users", account | {"role": "school_officer"}, headers=MINIMAL
            ),
            "secret": await administrator.post(f"{API}/clients", system, headers=MINIMAL),
            "access_token": await world.anonymous.call(
                "POST",
                f"{AUTH}/sign-in",
                json={"username": someone.username, "password": "mot-mat-khau-de-thu-9"},
                headers=MINIMAL,
            ),
        }
        for secret, answer in answers.items():
            assert answer.json()[secret]
            assert "Preference-Applied" not in answer.headers

    async def test_a_read_and_a_refusal_keep_their_bodies(self, school_a1: Client, incident: str) -> None:
        assert ok(await school_a1.get(incident, headers=MINIMAL))["id"]
        assert_problem(await school_a1.post(f"{API}/intakes", {}, headers=MINIMAL), 422, "invalid")


class TestLanguages:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            (None, "vi"),
            ("en", "en"),
            ("en-GB,en;q=0.9,vi;q=0.8", "en"),
            ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
            ("fr, de;q=0.5", "vi"),
            ("en;q=0", "vi"),
            ("en;q=nhieu", "vi"),
            ("en;level=1, vi;q=0.9", "en"),
            ("", "vi"),
            (";;;,,,=", "vi"),
        ],
    )
    async def test_vietnamese_unless_english_is_preferred(
        self, world: World, header: str | None, language: str
    ) -> None:
        headers = {} if header is None else {"Accept-Language": header}
        answer = await world.anonymous.get(f"{API}/incidents", headers=headers)
        assert answer.headers["Content-Language"] == language
        assert "Accept-Language" in answer.headers["Vary"]
        assert answer.json()["title"] == {"vi": "Cần đăng nhập", "en": "Sign in first"}[language]

    async def test_faults_and_labels_follow_it_too(self, school_a1: Client) -> None:
        english = {"Accept-Language": "en"}
        fault = (await school_a1.post(f"{API}/intakes", {}, headers=english)).json()["errors"][0]
        assert fault["detail"] == "A required field is missing"
        assert ok(await school_a1.get(f"{AUTH}/me", headers=english))["role_label"] == "School head"
        assert ok(await school_a1.get(f"{AUTH}/me"))["role_label"] == "Hiệu trưởng"


class TestHeaders:
    async def test_every_answer_names_its_request(self, world: World) -> None:
        offered = str(uuid4())
        echoed = await world.anonymous.get(f"{API}/incidents", headers={"X-Request-ID": offered})
        assert echoed.headers["X-Request-ID"] == echoed.json()["request_id"] == offered
        assert echoed.json()["instance"] == f"urn:uuid:{offered}"

    @pytest.mark.parametrize("offered", ["", "1", "x" * 36, "a" * 32, "{" + str(uuid4()) + "}", f"{uuid4()}\tx"])
    async def test_only_a_uuid_is_accepted_as_request_id(self, world: World, offered: str) -> None:
        answer = await world.anonymous.get("/healthz", headers={"X-Request-ID": offered})
        assert answer.headers["X-Request-ID"] != offered
        assert UUID(answer.headers["X-Request-ID"]).version == 7

    @pytest.mark.parametrize("path", ["/healthz", "/khong-co", f"{API}/incidents", f"{API}/public/challenge"])
    async def test_every_answer_is_guarded_and_stays_out_of_caches(self, world: World, path: str) -> None:
        headers = (await world.anonymous.get(path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]

    async def test_an_installation_that_is_not_production_says_so(self, world: World) -> None:
        assert (await world.anonymous.get("/healthz")).headers["X-Environment"] == "test"
        async with open_second_application(world, environment="production") as http:
            assert "X-Environment" not in (await http.get("/healthz")).headers


class TestLimits:
    """Each purpose of anonymous requests has buckets of its own; a verified token leaves them."""

    @pytest.fixture(autouse=True)
    def _small(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        limits = RequestLimits({policy: 3 if policy is Policy.DEFAULT else 2 for policy in Policy})
        monkeypatch.setitem(world.app.state._state, "limits", limits)

    async def test_beyond_the_rate_a_caller_waits(self, world: World, school_a1: Client, school_a2: Client) -> None:
        answers = [await school_a1.get(f"{AUTH}/me") for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert answers[0].headers["RateLimit-Policy"] == '"default";q=3;w=60'
        assert [a.headers["RateLimit"].split(";")[1] for a in answers] == ["r=2", "r=1", "r=0", "r=0"]
        assert_problem(answers[3], 429, "too_many_requests")
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 61
        ok(await school_a2.get(f"{AUTH}/me"))
        ok(await world.anonymous.get("/version"))

    @pytest.mark.parametrize("policy", ANONYMOUS)
    async def test_each_purpose_has_a_limit_of_its_own(self, world: World, policy: Policy) -> None:
        answers = [await send_anonymous(world, policy) for _ in range(3)]
        assert [answer.status_code == 429 for answer in answers] == [False, False, True]
        assert answers[0].headers["RateLimit-Policy"] == f'"{policy}";q=2;w=60'
        assert_problem(answers[2], 429, "too_many_requests")
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 61
        for other in ANONYMOUS.keys() - {policy}:
            assert (await send_anonymous(world, other)).status_code != 429, other

    @pytest.mark.parametrize("policy", ANONYMOUS)
    async def test_no_answer_shows_that_another_caller_of_the_address_reports(
        self, world: World, policy: Policy
    ) -> None:
        assert "RateLimit" not in (await send_anonymous(world, policy)).headers

    async def test_people_and_systems_sign_in_by_one_policy(self, world: World) -> None:
        body = {"username": f"khong-co-{next(NUMBERS)}", "password": "x"}
        for path, given in ((f"{AUTH}/sign-in", body), ("/oauth/token", None)):
            answer = await world.anonymous.post(path, given)
            assert answer.headers["RateLimit-Policy"] == '"sign_in";q=2;w=60'

    async def test_open_data_uses_up_no_limit_of_reports(self, world: World) -> None:
        paths = ["/hotlines", "/code-lists", "/public/units?q=truong", "/public/challenge"]
        for path in paths * 2:
            await world.anonymous.get(f"{API}{path}")
        assert_problem(await world.anonymous.get(f"{API}/hotlines"), 429, "too_many_requests")
        ok(await world.anonymous.post(f"{API}/public/intakes", REPORT), 201)

    async def test_request_without_a_verified_token_is_anonymous(self, world: World, school_a1: Client) -> None:
        forged = Client(world.http, world, {"Authorization": f"{school_a1.headers['Authorization']}x"})
        assert_problem(await forged.get(f"{AUTH}/me"), 401, "bad_token")
        assert_problem(await world.anonymous.get(f"{AUTH}/me"), 401, "not_signed_in")
        for client in (forged, world.anonymous):
            for path in (f"{AUTH}/me", f"{API}/hotlines"):
                assert_problem(await client.get(path), 429, "too_many_requests")
        known = await school_a1.get(f"{API}/hotlines")
        assert (known.status_code, known.headers["RateLimit-Policy"]) == (200, '"default";q=3;w=60')

    async def test_a_report_counts_for_no_account(self, school_a1: Client) -> None:
        answer = await school_a1.post(f"{API}/public/intakes", REPORT)
        assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (201, '"report";q=2;w=60')

    async def test_health_is_never_limited(self, world: World) -> None:
        for _ in range(4):
            ok(await world.anonymous.get("/healthz"))
            ok(await world.anonymous.get("/readyz"))

    def test_an_address_is_counted_under_a_key_of_this_process(self) -> None:
        scope = {"type": "http", "client": ("192.0.2.7", 1)}
        one, other = (RequestLimits(dict.fromkeys(Policy, 1)) for _ in range(2))
        assert one.anonymous(scope) == one.anonymous(scope) != other.anonymous(scope)
        assert one.anonymous({"type": "http"}) == one.anonymous({"type": "http", "client": None})


class TestOrigins:
    ALLOWED = "https://truong.example"

    async def test_pages_of_configured_origins_may_call(self, world: World) -> None:
        async with open_second_application(world, cors_origins=(self.ALLOWED,)) as http:
            ask = {"Origin": self.ALLOWED, "Access-Control-Request-Method": "PATCH"}
            preflight = await http.options(
                f"{API}/incidents", headers=ask | {"Access-Control-Request-Headers": "If-Match, Idempotency-Key"}
            )
            assert preflight.status_code == 200
            assert preflight.headers["Access-Control-Allow-Origin"] == self.ALLOWED
            answer = await http.get("/version", headers={"Origin": self.ALLOWED})
            assert answer.headers["Access-Control-Allow-Origin"] == self.ALLOWED
            assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
            assert "Access-Control-Allow-Credentials" not in answer.headers

    async def test_pages_of_others_may_not(self, world: World) -> None:
        foreign = {"Origin": "https://khac.example", "Access-Control-Request-Method": "GET"}
        async with open_second_application(world, cors_origins=(self.ALLOWED,)) as http:
            assert (await http.options(f"{API}/incidents", headers=foreign)).status_code == 400
            assert "Access-Control-Allow-Origin" not in (await http.get("/version", headers=foreign)).headers
        assert "Access-Control-Allow-Origin" not in (await world.anonymous.get("/version", headers=foreign)).headers


class TestRefusals:
    async def test_an_unknown_address_and_a_wrong_method_are_problems(self, world: World) -> None:
        assert_problem(await world.anonymous.get("/khong-co"), 404, "not_found")
        assert_problem(await world.anonymous.get(f"{API}/khong-co"), 404, "not_found")
        wrong = await world.anonymous.call("PUT", f"{API}/incidents")
        assert_problem(wrong, 405, "method_not_allowed")
        assert "GET" in wrong.headers["Allow"]
        assert wrong.headers["Content-Type"] == "application/problem+json"

    async def test_a_body_beyond_the_limit_is_not_read(self, school_a1: Client) -> None:
        assert_problem(await school_a1.post(f"{API}/intakes", {"narrative": "x" * 300_000}), 413, "body_too_large")

    @pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "application/json; charset=latin-1"])
    async def test_a_body_of_another_type_is_refused_with_the_right_one(self, school_a1: Client, kind: str) -> None:
        answer = await school_a1.call("POST", f"{API}/intakes", content=b"{}", headers={"Content-Type": kind})
        assert_problem(answer, 415, "unsupported_media_type")
        assert answer.headers["Accept"] == "application/json"

    async def test_a_slow_body_is_given_up(self, world: World, school_a1: Client) -> None:
        async def trickle() -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.sleep(1)
            yield b"}"

        async with open_second_application(world, body_timeout_s=0.05) as http:
            answer = await http.post(
                f"{API}/intakes", content=trickle(), headers=school_a1.headers | {"Content-Type": "application/json"}
            )
        assert_problem(answer, 408, "body_timeout")

    @pytest.mark.parametrize("body", [b"{", b'{"a":1,"a":2}', b"NaN", b"\xff", b'{"a":"\\u0000"}', b"[" * 100_000])
    async def test_json_is_read_strictly_and_not_repeated(self, school_a1: Client, body: bytes) -> None:
        answer = await school_a1.call(
            "POST", f"{API}/intakes", content=body, headers={"Content-Type": "application/json"}
        )
        assert_problem(answer, 400, "malformed_json")
        assert set(answer.json()) == {"type", "title", "status", "code", "instance", "request_id"}

    @pytest.mark.parametrize("path", ["/%00", "/%ff", "/version?a=%00", "/version?a=%c0%af"])
    async def test_an_address_that_is_no_text_is_refused(self, world: World, path: str) -> None:
        assert_problem(await world.anonymous.get(path), 400, "bad_request")

    async def test_a_very_long_address_is_refused(self, world: World) -> None:
        assert_problem(await world.anonymous.get("/version?q=" + "a" * 4100), 414, "uri_too_long")

    @pytest.mark.parametrize("path", ["/version", "/healthz"])
    async def test_internal_error_reveals_no_detail(
        self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str
    ) -> None:
        def broken(_: object) -> NoReturn:
            raise LookupError(SECRET)

        where = middleware if path == "/healthz" else RequestLimits
        name = "_check_target" if path == "/healthz" else "anonymous"
        monkeypatch.setattr(where, name, broken if path == "/healthz" else lambda self, _: broken(self))
        answer = await world.anonymous.get(path)
        assert_problem(answer, 500, "internal")
        output = capsys.readouterr()
        assert SECRET not in answer.text + output.out + output.err
        assert "LookupError" in output.out
        assert f"{__name__}:" in output.out

    async def test_every_problem_has_its_page_at_its_type(self, world: World, school_a1: Client) -> None:
        problem = (await school_a1.post(f"{API}/intakes", {})).json()
        page = await world.anonymous.get(problem["type"])
        assert ok(page)["code"] == problem["code"] == "invalid"
        assert page.headers["Cache-Control"] == "public, max-age=3600"
        listed = ok(await world.anonymous.get("/problems"))
        assert {kind["code"] for kind in listed} == set(CATALOGUE)
        assert all(kind["title_vi"] and kind["title_en"] for kind in listed)
        assert_problem(await world.anonymous.get("/problems/khong-co"), 404, "not_found")
