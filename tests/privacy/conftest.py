"""Schools whose department has decided their periods."""

import pytest

from tests.factories.privacy import set_retention_periods
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World


@pytest.fixture
async def school(world: World) -> StaffedUnit:
    await set_retention_periods(world)
    return await create_unit(world)
