"""A mail server and the application that sends by it; a webhook of a school and what receives it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.services.platform.unit_of_work import Runtime
from tests.factories.units import StaffedUnit
from tests.factories.webhooks import create_webhook
from tests.notices.mail import MailServer, serving_mail
from tests.receivers import Receiver, receiving
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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
async def webhook(admin: Client, school: StaffedUnit, receiver: Receiver) -> dict[str, Any]:
    return await create_webhook(admin, school, receiver.url)
