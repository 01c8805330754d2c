"""Raw bytes against a real server: oversize, endless, stalled, lying and smuggled requests, and slow crowds."""

import contextlib
import select
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.api.http.http_protocol import HEAD_TIMEOUT_S
from tests.docs.server import serving

pytestmark = pytest.mark.attack
MARK = b"dau-vet-bia-7731"
LIMIT = 64 * 1024
BODY_TIMEOUT_S = 2.0
HOST = b"Host: 127.0.0.1\r\n"
JSON = b"Content-Type: application/json\r\n"
TARGET = b"POST /api/v1/public/intakes HTTP/1.1\r\n" + HOST + JSON
GET = b"GET /healthz HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n"
GIVE_UP_S = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    address: str
    log: Path

    def connect(self) -> socket.socket:
        parts = urlsplit(self.address)
        return socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=GIVE_UP_S)

    def memory_kib(self) -> int:
        serving_it = f"--port {urlsplit(self.address).port}"
        listed = subprocess.run(["ps", "-eo", "rss=,args="], capture_output=True, text=True, check=True).stdout
        return max(int(line.split()[0]) for line in listed.splitlines() if line.endswith(serving_it))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("transport")
    limits = {"ATHD_BODY_LIMIT_BYTES": str(LIMIT), "ATHD_BODY_TIMEOUT_S": str(BODY_TIMEOUT_S)}
    log = directory / "log"
    with log.open("wb") as output, serving(directory / "data", output=output, **limits) as address:
        yield Server(address, log)


def exchange(server: Server, *parts: bytes) -> bytes:
    """Everything that the server says until it closes or has been silent for a while."""
    with server.connect() as line:
        with contextlib.suppress(OSError):
            for part in parts:
                line.sendall(part)
        return heard(line)


def heard(line: socket.socket, silence_s: float = 1.0) -> bytes:
    said = b""
    with contextlib.suppress(OSError):
        while select.select([line], [], [], silence_s if said else GIVE_UP_S)[0]:
            more = line.recv(65536)
            if not more:
                break
            said += more
    return said


def statuses(said: bytes) -> list[int]:
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


def is_closed(line: socket.socket) -> bool:
    with contextlib.suppress(OSError):
        while select.select([line], [], [], GIVE_UP_S)[0]:
            if not line.recv(65536):
                return True
        return False
    return True


class TestBodies:
    def test_a_body_declared_too_long_is_refused_and_the_line_closed(self, server: Server) -> None:
        with server.connect() as line:
            line.sendall(TARGET + b"Content-Length: %d\r\n\r\n" % (LIMIT + 1) + MARK * 4000)
            said = heard(line)
            assert statuses(said)[0] == 413
            assert b"body_too_large" in said
            assert MARK not in said
            assert is_closed(line)

    def test_an_endless_body_is_cut_off_and_costs_no_memory(self, server: Server) -> None:
        before = server.memory_kib()
        chunk = b"%x\r\n" % 65536 + b"x" * 65536 + b"\r\n"
        sent = 0
        with server.connect() as line, contextlib.suppress(OSError):
            line.sendall(TARGET + CHUNKED + b"\r\n")
            for _ in range(2_000):
                line.sendall(chunk)
                sent += len(chunk)
        assert sent < 2_000 * len(chunk)
        assert server.memory_kib() - before < 32 * 1024

    def test_stalled_body_is_refused_in_time(self, server: Server) -> None:
        began = time.monotonic()
        said = exchange(server, TARGET + b'Content-Length: 100\r\n\r\n{"narrative": "')
        assert statuses(said) == [408]
        assert b"body_timeout" in said
        assert time.monotonic() - began < 5 * BODY_TIMEOUT_S

    def test_a_trickled_body_gets_no_more_time_than_a_stalled_one(self, server: Server) -> None:
        with server.connect() as line:
            line.sendall(TARGET + b"Content-Length: 1000\r\n\r\n")
            began = time.monotonic()
            while not select.select([line], [], [], 0.2)[0] and time.monotonic() - began < GIVE_UP_S:
                line.sendall(b" ")
            assert statuses(heard(line)) == [408]

    def test_body_shorter_than_declared_is_never_accepted(self, server: Server) -> None:
        body = b'{"narrative": "' + MARK + b'"}'
        with server.connect() as line:
            line.sendall(TARGET + b"Content-Length: %d\r\n\r\n" % (len(body) + 10) + body)
            line.shutdown(socket.SHUT_WR)
            assert 201 not in statuses(heard(line))


SMUGGLED = b"GET /api/v1/hotlines HTTP/1.1\r\n" + HOST + b"\r\n"
AMBIGUOUS: dict[str, bytes] = {
    "length and chunks": TARGET + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "chunks and length": TARGET + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": TARGET + b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}" + SMUGGLED,
    "a list of lengths": TARGET + b"Content-Length: 2, 60\r\n\r\n{}" + SMUGGLED,
    "a signed length": TARGET + b"Content-Length: +2\r\n\r\n{}" + SMUGGLED,
    "a negative length": TARGET + b"Content-Length: -1\r\n\r\n{}" + SMUGGLED,
    "a hexadecimal length": TARGET + b"Content-Length: 0x2\r\n\r\n{}" + SMUGGLED,
    "an enormous length": TARGET + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n{}" + SMUGGLED,
    "an unknown coding": TARGET + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked not last": TARGET + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a bad chunk size": TARGET + CHUNKED + b"\r\nzz\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
    "a negative chunk": TARGET + CHUNKED + b"\r\n-2\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
    "a bare CR in a header": TARGET + b"X-A: a\rContent-Length: 2\r\n\r\n{}" + SMUGGLED,
    "a NUL in a header": TARGET + b"X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}" + SMUGGLED,
    "a space before the colon": TARGET + b"Content-Length : 2\r\n\r\n{}" + SMUGGLED,
    "a folded header": TARGET + b"X-A: a\r\n Content-Length: 2\r\n\r\n{}" + SMUGGLED,
}
GARBAGE: dict[str, bytes] = {
    "TLS": bytes.fromhex("16030100a5010000a10303") + b"\x00" * 160,
    "binary": bytes(range(256)) * 8,
    "no method": b" /healthz HTTP/1.1\r\n\r\n",
    "a method of its own": MARK + b" /healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/3.7": b"GET /healthz HTTP/3.7\r\n" + HOST + b"\r\n",
    "an enormous header": GET + b"X-A: " + b"a" * 1024 * 1024 + b"\r\n\r\n",
    "ten thousand headers": GET + b"".join(b"X-%d: a\r\n" % i for i in range(10_000)) + b"\r\n",
    "an enormous target": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target with NUL": b"GET /heal%00thz HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_where_a_body_ends_is_never_guessed(server: Server, request_: bytes) -> None:
    answered = statuses(exchange(server, request_))
    assert answered
    assert all(400 <= status < 500 for status in answered)
    assert 200 not in answered
    assert 201 not in answered


@pytest.mark.parametrize("request_", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_request_gets_a_refusal_or_nothing(server: Server, request_: bytes) -> None:
    said = exchange(server, request_)
    assert all(400 <= status < 500 for status in statuses(said))
    assert MARK not in said


def test_the_oldest_http_is_answered_like_any_other_or_not_at_all(server: Server) -> None:
    assert statuses(exchange(server, b"GET /api/v1/incidents\r\n\r\n")) in ([], [400], [401])


@pytest.mark.parametrize("begun", [b"", GET[:20], GET + b"X-A: "], ids=["silent", "half a line", "half a head"])
def test_a_line_whose_head_does_not_come_is_closed(server: Server, begun: bytes) -> None:
    with server.connect() as line:
        line.settimeout(3 * HEAD_TIMEOUT_S)
        line.sendall(begun)
        assert line.recv(1) == b""


def test_a_head_that_trickles_in_for_ever_is_closed_as_well(server: Server) -> None:
    began = time.monotonic()
    with server.connect() as line, contextlib.suppress(OSError):
        while time.monotonic() - began < 3 * HEAD_TIMEOUT_S:
            line.sendall(b"X" if time.monotonic() - began > 1 else GET[:1])
            if select.select([line], [], [], 0.2)[0] and not line.recv(100):
                break
    assert time.monotonic() - began < 3 * HEAD_TIMEOUT_S


def test_two_hundred_slow_connections_delay_nobody(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(server.connect()) for _ in range(200)]
        for line in lines:
            line.sendall(GET[:20])
        for _ in range(20):
            urllib.request.urlopen(f"{server.address}/healthz", timeout=GIVE_UP_S).close()
        assert select.select(lines, [], [], 0)[0] == [], "they were answered before the slow ones were given up"


def test_server_still_answers_and_logs_no_hostile_content(server: Server) -> None:
    assert statuses(exchange(server, GET + b"Connection: close\r\n\r\n")) == [200]
    log = server.log.read_bytes()
    assert b"Traceback" not in log
    assert b"defect" not in log
    assert MARK not in log
