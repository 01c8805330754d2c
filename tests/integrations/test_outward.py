"""An address that somebody typed in is resolved once, and what was judged is what is connected to."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from app.integrations.outward import ForbiddenTargetError, checked, post
from tests.receivers import Receiver, receiving

NAME = "doi-y.example"


class Resolver:
    """Answers with the addresses in turn, and keeps what it was asked."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = iter(addresses)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(self._addresses), port))]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


async def test_a_message_goes_where_its_name_led_the_one_time_it_was_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = Resolver("127.0.0.1", "127.0.0.2", "127.0.0.2")
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    url = receiver.url.replace("127.0.0.1", NAME)
    assert await post(url, "{}", {}, {NAME}, plain_allowed=True) == receiver.status
    assert resolver.asked == [NAME]
    assert [each.headers["host"] for each in receiver.received] == [url.split("/")[2]]


async def test_a_name_that_leads_inside_is_asked_once_and_not_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = Resolver("127.0.0.1", "8.8.8.8")
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with pytest.raises(ForbiddenTargetError):
        await post(receiver.url.replace("127.0.0.1", NAME), "{}", {}, (), plain_allowed=True)
    assert (resolver.asked, receiver.received) == ([NAME], [])


async def test_a_check_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver("8.8.8.8", "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    assert (await checked(f"https://{NAME}/x", (), plain_allowed=False)).hostname == NAME
    assert resolver.asked == [NAME]


@pytest.mark.parametrize("url", [f"http://{NAME}/", f"https://a:b@{NAME}/", f"https://{NAME}:0/", "https:///x", "x"])
async def test_what_is_refused_for_its_form_is_not_even_asked_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with pytest.raises(ForbiddenTargetError):
        await post(url, "{}", {}, (), plain_allowed=False)
    assert resolver.asked == []
