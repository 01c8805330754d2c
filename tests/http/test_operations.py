"""For operators: health, readiness, version and metrics."""

from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

from tests.factories.applications import open_second_application
from tests.factories.http import assert_problem, ok
from tests.world import Client, World

TOKEN = "mot-ma-bia-cho-so-lieu"


async def test_a_ready_installation_says_so(world: World) -> None:
    assert ok(await world.anonymous.get("/healthz")) == {"status": "ok"}
    assert ok(await world.anonymous.get("/readyz")) == {"status": "ready"}


async def test_an_older_schema_is_not_ready(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = replace(world.runtime, schema_head="ffffffffffff")
    monkeypatch.setitem(world.app.state._state, "runtime", newer)
    answer = await world.anonymous.get("/readyz")
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    ok(await world.anonymous.get("/healthz"))


async def test_without_its_database_it_is_unavailable_and_no_defect(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = create_async_engine("postgresql+asyncpg://ai:gi@127.0.0.1:9/khong_co")
    monkeypatch.setitem(world.app.state._state, "runtime", replace(world.runtime, reader=gone))
    answer = await world.anonymous.get("/readyz")
    assert_problem(answer, 503, "unavailable")
    assert "127.0.0.1" not in answer.text.replace(world.runtime.settings.origin, "")
    ok(await world.anonymous.get("/healthz"))


async def test_the_version_names_release_and_schema(world: World) -> None:
    version = ok(await world.anonymous.get("/version"))
    assert version == {"api": world.app.version, "commit": "unknown", "schema": world.runtime.schema_head}


async def test_metrics_require_the_token(world: World) -> None:
    assert_problem(await world.anonymous.get("/metrics"), 404, "not_found")
    assert_problem(await world.anonymous.get("/metrics", headers={"Authorization": "Bearer "}), 404, "not_found")
    async with open_second_application(world, metrics_token=SecretStr(TOKEN)) as http:
        for header in ({}, {"Authorization": TOKEN}, {"Authorization": f"Bearer {TOKEN}x"}):
            assert_problem(await http.get("/metrics", headers=header), 404, "not_found")
        answer = await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert 'athd_http_requests_total{method="GET",route="/metrics",status="404"}' in answer.text


async def test_metrics_count_routes_and_never_addresses(world: World, school_a1: Client) -> None:
    incident_id = (await school_a1.create_intake())["incident_id"]
    ok(await school_a1.incident(incident_id))
    await world.anonymous.get("/khong-co-duong-nay")
    async with open_second_application(world, metrics_token=SecretStr(TOKEN)) as http:
        text = (await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).text
    assert 'route="/api/v1/incidents/{incident_id}"' in text
    assert 'route="unmatched"' in text
    assert incident_id not in text
    assert "khong-co-duong-nay" not in text
