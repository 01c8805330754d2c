"""An address that somebody typed in is resolved once, and what was judged is what is connected to."""

import socket
import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from app.integrations import outward
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
        await post(f"http://{NAME}/", "{}", {}, (), plain_allowed=True)
    assert (resolver.asked, receiver.received) == ([NAME], [])


async def test_a_check_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver("8.8.8.8", "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    assert (await checked(f"https://{NAME}/x", (), plain_allowed=False)).hostname == NAME
    assert resolver.asked == [NAME]


@pytest.mark.parametrize(
    "address",
    [
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "64:ff9b:1::808:808", "::7f00:1", "::808:808"),
        *("2002:7f00:1::", "2002:808:808::1", "::ffff:0:127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
        *("fec0::1", "fc00::1", "fe80::1%eth0", "5f00::1", "4000::1", "ff02::1", "::", "::1", "100::1"),
        *("2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2001:10::1", "3fff::1", "2620:4f:8000::1"),
        *("192.0.0.192", "192.0.0.9", "192.88.99.1", "192.175.48.6", "168.63.129.16", "198.18.0.1", "240.0.0.1"),
        *("255.255.255.255", "0.0.0.1", "100.100.100.200", "169.254.169.254", "203.0.113.1"),
    ],
)
async def test_a_name_that_leads_to_no_server_of_the_open_internet_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(address))
    with pytest.raises(ForbiddenTargetError):
        await checked(f"https://{NAME}/x", (), plain_allowed=False)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2001:4860:4860::8888", "2606:4700::1111", "2400:cb00::1", "64:ff9b::808:808", "::ffff:8.8.8.8"],
)
async def test_a_name_that_leads_to_one_is_good(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also behind NAT64, where a resolver returns such addresses for IPv4-only hosts."""
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(address))
    assert (await checked(f"https://{NAME}/x", (), plain_allowed=False)).hostname == NAME


@pytest.mark.parametrize("port", [1, 22, 25, 80, 444, 5432, 6379, 9443, 65535])
async def test_ports_where_no_receiver_listens_are_not_even_asked_for(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = Resolver("8.8.8.8", "10.0.0.8")
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with pytest.raises(ForbiddenTargetError):
        await checked(f"https://{NAME}:{port}/x", (), plain_allowed=False)
    assert resolver.asked == []
    assert (await checked(f"https://{NAME}:{port}/x", {NAME}, plain_allowed=False)).port == port


@pytest.mark.parametrize("port", [443, 8443])
async def test_ports_where_receivers_listen_are_good(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Resolver("8.8.8.8"))
    assert (await checked(f"https://{NAME}:{port}/x", (), plain_allowed=False)).port == port


async def test_a_silent_resolver_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Event()
    monkeypatch.setattr(outward, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: silent.wait(10))
    started = time.monotonic()
    try:
        for ask in (
            checked(f"https://{NAME}/", (), plain_allowed=False),
            post(f"https://{NAME}/", "", {}, (), plain_allowed=False),
        ):
            with pytest.raises(ForbiddenTargetError):
                await ask
    finally:
        silent.set()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("url", [f"http://{NAME}/", f"https://a:b@{NAME}/", f"https://{NAME}:0/", "https:///x", "x"])
async def test_what_is_refused_for_its_form_is_not_even_asked_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with pytest.raises(ForbiddenTargetError):
        await post(url, "{}", {}, (), plain_allowed=False)
    assert resolver.asked == []
