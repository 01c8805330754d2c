"""Who decides about units, and an order of things in which bureaus stand below bureaus."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import delete

from app.models.units import UnitKindPlace
from app.security.access.scope import ALL
from tests.world import Client, World


@pytest.fixture
async def head(world: World) -> Client:
    """Of the department: units are the head's to change."""
    return await world.client("so.head")


@pytest.fixture
async def nested_bureaus(world: World) -> AsyncIterator[None]:
    """By an order of things that is data, bureaus stand below bureaus."""
    async with world.runtime.work(ALL) as work:
        work.session.add(UnitKindPlace(kind="bureau", parent_kind="bureau", valid_from=date(2000, 1, 1), source="bịa"))
        await work.commit()
    yield
    async with world.runtime.work(ALL) as work:
        await work.session.execute(
            delete(UnitKindPlace).where(UnitKindPlace.parent_kind == "bureau", UnitKindPlace.kind == "bureau")
        )
        await work.commit()
