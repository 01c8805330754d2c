"""A mail server, and the application that sends by it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.services.platform.unit_of_work import Runtime
from tests.notices.mail import MailServer, serving_mail
from tests.world import Client, World


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with serving_mail() as server:
        yield server


@pytest.fixture
def mailing(world: World, smtp: MailServer) -> Runtime:
    changes = {
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp.port,
        "smtp_tls": False,
        "smtp_sender": "An Toàn Học Đường <an-toan@so.mau.example>",
    }
    return replace(world.runtime, settings=world.runtime.settings.model_copy(update=changes))


@pytest.fixture
async def admin(world: World) -> Client:
    return await world.client("phong_a.admin")
