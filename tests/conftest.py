"""Both engines, each with one world per run; tests create their own data and share nothing else."""

import gc
import os
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
import uvloop
from hypothesis import HealthCheck, settings

from tests.engines.databases import server
from tests.engines.postgres import Postgres
from tests.factories.clock import advance_clock
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World, open_world

__all__ = ["advance_clock"]

ENGINES = ("sqlite", "postgresql")
# `make test` runs a share of the largest tests; `make isolation`, `make attack` and nightly run them whole.
SHARE = int(os.environ.get("ATHD_SHARE", "1"))
# A slow machine is no fault of what it runs.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
# What is imported stays: nothing of it is garbage.
gc.disable()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with server() as running:
        yield running


@pytest_asyncio.fixture(scope="session", params=ENGINES)
async def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    async with open_world(tmp_path_factory.mktemp(request.param), server) as opened:
        yield opened


@pytest_asyncio.fixture
async def school(world: World) -> StaffedUnit:
    """A school of its own, under the first bureau."""
    return await create_unit(world)


@pytest_asyncio.fixture
async def agency(world: World) -> StaffedUnit:
    return await create_unit(world, "agency", "department")


@pytest_asyncio.fixture
async def incident(school: StaffedUnit) -> str:
    return str((await school.head.create_intake())["incident_id"])


@pytest_asyncio.fixture
async def school_a1(world: World) -> Client:
    return await world.client("a1.head")


@pytest_asyncio.fixture
async def school_a2(world: World) -> Client:
    return await world.client("a2.head")


@pytest_asyncio.fixture
async def school_b1(world: World) -> Client:
    return await world.client("b1.head")


@pytest_asyncio.fixture
async def high_school(world: World) -> Client:
    return await world.client("thpt.head")


@pytest_asyncio.fixture
async def bureau_a(world: World) -> Client:
    return await world.client("phong_a.officer")


@pytest_asyncio.fixture
async def bureau_b(world: World) -> Client:
    return await world.client("phong_b.officer")


@pytest_asyncio.fixture
async def department(world: World) -> Client:
    return await world.client("so.officer")


@pytest_asyncio.fixture
async def other_province(world: World) -> Client:
    return await world.client("so2.officer")


@pytest_asyncio.fixture
async def administrator(world: World) -> Client:
    return await world.client("so.admin")


@pytest.fixture
def cached(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions are looked up as often as in production; else every request looks."""
    monkeypatch.setitem(world.app.state._state, "authenticator", world.cached_authenticator())


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], AbstractEventLoop]]:
    """The loop of production."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_finish() -> None:
    """As the server does: a collection of all modules at every few hundred objects is a tenth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


def pytest_sessionfinish() -> None:
    """Find here what is garbage: pytest looks for it five times, each time through everything."""
    gc.collect()
    gc.freeze()
