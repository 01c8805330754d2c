"""Fixtures of the services' tests."""

import pytest

from tests.api.people import later
from tests.services.acts import Place

__all__ = ["later"]


@pytest.fixture
async def incident(school: Place) -> str:
    return str((await school.head.take_in())["incident_id"])
