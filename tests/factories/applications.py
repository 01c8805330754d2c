"""A second application on the world's database, with other settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from app.main import create_app
from tests.world import World


@asynccontextmanager
async def open_second_application(world: World, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(world.runtime.settings.model_copy(update=settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("192.0.2.1", 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=world.runtime.settings.origin) as http,
    ):
        yield http
