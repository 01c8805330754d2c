"""Integration clients: client credentials (RFC 6749 section 4.4), token verification keys and discovery metadata."""

from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.units import create_unit, schedule_unit_closure
from tests.world import Client, World

READ = ("incident:read", "intake:read")


async def registered(world: World, unit: str = "bureau_a", scopes: tuple[str, ...] = READ) -> dict[str, Any]:
    administrator = await world.client("so.admin")
    body = {"name": "Hệ thống bịa", "unit_id": str(world.units[unit]), "scopes": list(scopes)}
    registration: dict[str, Any] = ok(await administrator.post(f"{API}/clients", body), 201)
    return registration


async def ask(world: World, form: dict[str, str], auth: Any = None) -> httpx.Response:
    return await world.http.post("/oauth/token", data={"grant_type": "client_credentials"} | form, auth=auth)


async def in_form(world: World, client_id: str, secret: str) -> httpx.Response:
    return await ask(world, {"client_id": client_id, "client_secret": secret})


async def enter(world: World, made: dict[str, Any]) -> Client:
    token = ok(await in_form(world, made["id"], made["secret"]))["access_token"]
    return Client(world.http, world, {"Authorization": f"Bearer {token}"})


class TestClientCredentials:
    async def test_by_basic_and_by_form(self, world: World) -> None:
        registration = await registered(world)
        for answer in (
            await ask(world, {}, auth=(registration["id"], registration["secret"])),
            await in_form(world, registration["id"], registration["secret"]),
        ):
            grant = ok(answer)
            assert (grant["token_type"], grant["scope"]) == ("Bearer", "incident:read intake:read")
            assert "refresh_token" not in grant
            assert answer.headers["Cache-Control"] == "no-store"

    async def test_missing_grant_type_is_an_oauth_invalid_request(self, world: World) -> None:
        answer = await world.http.post("/oauth/token", data={"client_id": str(uuid4())})
        assert_problem(answer, 400, "bad_request")
        assert answer.json()["error"] == "invalid_request"

    async def test_wrong_secret_and_unknown_client_get_identical_answers(self, world: World) -> None:
        registration = await registered(world)
        answers = [
            await in_form(world, registration["id"], "sai" + registration["secret"]),
            await in_form(world, str(uuid4()), registration["secret"]),
            await in_form(world, "khong-phai-uuid", registration["secret"]),
            await ask(world, {}),
            await ask(world, {}, auth=(registration["id"], "sai")),
        ]
        problems = [{k: v for k, v in a.json().items() if k not in {"instance", "request_id"}} for a in answers]
        assert [answer.status_code for answer in answers] == [401] * 5
        assert all(each == problems[0] for each in problems)
        assert (problems[0]["error"], problems[0]["code"]) == ("invalid_client", "bad_credentials")
        assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Basic realm="athd"'}

    @pytest.mark.parametrize(
        "header", ["Basic", "Basic !!!", "Basic /w==", "Basic Og==", "Bearer abc", "Basic YTph AA"]
    )
    async def test_a_header_that_is_no_basic_credentials_is_no_client(self, world: World, header: str) -> None:
        answer = await world.http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
        )
        assert_problem(answer, 401, "bad_credentials")
        assert answer.json()["error"] == "invalid_client"

    async def test_there_is_one_grant_type(self, world: World) -> None:
        answer = await ask(world, {"grant_type": "password", "username": "so.head", "password": "x"})
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")

    async def test_scopes_limit_what_the_client_may_do(self, world: World) -> None:
        system = await enter(world, await registered(world, scopes=("incident:read",)))
        ok(await system.get(f"{API}/incidents"))
        for refusal in (
            await system.get(f"{API}/intakes"),
            await system.get(f"{API}/units"),
            await system.post(f"{API}/intakes", {"source_channel": "in_person", "narrative": "Bịa"}),
            await system.get(f"{API}/users"),
        ):
            assert_problem(refusal, 403, "forbidden")
        assert ok(await system.get(f"{API}/auth/me"))["rights"] == ["incident:read", "self:manage"]

    async def test_it_has_no_password_and_no_second_factor(self, world: World) -> None:
        system = await enter(world, await registered(world))
        passwords = {"old_password": "x", "new_password": "mot mat khau khac han 7"}
        assert_problem(await system.post(f"{API}/auth/password", passwords), 403, "forbidden")
        assert_problem(await system.post(f"{API}/auth/totp"), 403, "forbidden")
        assert (await system.post(f"{API}/auth/sign-out")).status_code == 204
        assert_problem(await system.get(f"{API}/incidents"), 401, "bad_token")

    async def test_its_reach_is_its_units(self, world: World, school_a1: Client, school_b1: Client) -> None:
        near, far = await school_a1.create_intake(), await school_b1.create_intake()
        seen = await list_ids(await enter(world, await registered(world)), "incidents")
        assert near["incident_id"] in seen
        assert far["incident_id"] not in seen

    async def test_suspended_client_loses_access_immediately_and_permanently(
        self, world: World, administrator: Client
    ) -> None:
        registration = await registered(world)
        system = await enter(world, registration)
        path = f"{API}/clients/{registration['id']}"
        assert_problem(await administrator.delete(path), 428, "precondition_required")
        assert_problem(await administrator.delete(path, '"0"'), 412, "stale")
        assert (await administrator.delete(path, await read_etag(administrator, path))).status_code == 204
        assert_problem(await system.get(f"{API}/incidents"), 401, "bad_token")
        assert_problem(await in_form(world, registration["id"], registration["secret"]), 401, "bad_credentials")
        assert ok(await administrator.get(path))["status"] == "suspended"

    async def test_one_of_a_closed_unit_is_refused(self, world: World) -> None:
        place = await create_unit(world)
        administrator = await world.client("so.admin")
        body = {"name": "Hệ thống bịa", "unit_id": str(place.id), "scopes": ["incident:read"]}
        registration = ok(await administrator.post(f"{API}/clients", body), 201)
        system = await enter(world, registration)
        await schedule_unit_closure(world, place.id, in_days=0)
        assert_problem(await system.get(f"{API}/incidents"), 401, "bad_token")
        assert_problem(await in_form(world, registration["id"], registration["secret"]), 401, "bad_credentials")

    async def test_it_is_registered_with_known_scopes_in_a_unit_of_the_administrators(self, world: World) -> None:
        bureau = await world.client("phong_a.admin")
        body = {"name": "Bịa", "unit_id": str(world.units["bureau_a"]), "scopes": ["incident:read", "user:manage"]}
        assert_problem(await bureau.post(f"{API}/clients", body), 422, "unknown_scope", "/scopes/1")
        for unit in ("bureau_b", "department"):
            elsewhere = body | {"unit_id": str(world.units[unit]), "scopes": ["incident:read"]}
            assert_problem(await bureau.post(f"{API}/clients", elsewhere), 422, "unknown_unit", "/unit_id")

    async def test_the_list_holds_those_of_ones_unit_and_below_without_secrets(self, world: World) -> None:
        bureau = await world.client("phong_a.admin")
        below, beside = await registered(world, "school_a1"), await registered(world, "bureau_b")
        answer = await bureau.get(f"{API}/clients", params={"limit": 500})
        assert below["id"] in {client["id"] for client in answer.json()["items"]}
        assert beside["id"] not in answer.text
        assert "secret" not in answer.text
        assert_problem(await bureau.get(f"{API}/clients/{beside['id']}"), 404, "not_found")


class TestDiscovery:
    async def test_the_published_keys_verify_our_tokens(self, world: World) -> None:
        registration = await registered(world)
        token = ok(await in_form(world, registration["id"], registration["secret"]))["access_token"]
        published = jwt.PyJWKSet.from_dict(ok(await world.anonymous.get("/.well-known/jwks.json")))
        header = jwt.get_unverified_header(token)
        assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
        issuer = ok(await world.anonymous.get("/.well-known/oauth-authorization-server"))["issuer"]
        claims = jwt.decode(token, published[header["kid"]], ["ES256"], audience="athd-api", issuer=issuer)
        assert (claims["sub"], claims["client_id"]) == (registration["id"], registration["id"])
        assert claims["scope"] == "incident:read intake:read"

    async def test_the_next_key_is_published_before_it_signs_and_no_key_privately(self, world: World) -> None:
        keys = ok(await world.anonymous.get("/.well-known/jwks.json"))["keys"]
        assert len(keys) >= 2
        assert all(set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in keys)

    async def test_the_metadata_names_addresses_that_answer(self, world: World) -> None:
        metadata = ok(await world.anonymous.get("/.well-known/oauth-authorization-server"))
        assert metadata["grant_types_supported"] == ["client_credentials"]
        ok(await world.anonymous.get(metadata["jwks_uri"]))
        assert (await world.http.post(metadata["token_endpoint"])).status_code == 400

    async def test_the_catalog_names_the_description(self, world: World) -> None:
        answer = await world.anonymous.get("/.well-known/api-catalog")
        assert answer.headers["Content-Type"] == "application/linkset+json"
        [link] = answer.json()["linkset"]
        ok(await world.anonymous.get(link["service-desc"][0]["href"]))
        assert (await world.anonymous.get(link["service-doc"][0]["href"])).status_code == 200
