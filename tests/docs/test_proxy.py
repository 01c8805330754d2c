"""The proxy's configuration in docs/operators.md lets through what the API takes, and writes nothing to a disk."""

import re
from dataclasses import dataclass, field

import pytest
from fastapi.routing import APIRoute

from app.api import attachments
from app.api.commitments import agreement_files
from app.api.commitments import files as commitment_files
from app.api.http.routing import PREFIX
from app.api.reports import files as report_files
from app.core.settings import Settings
from tests.docs.operators import block_with

TOKEN = re.compile(r"#[^\n]*|[{};]|[^\s{};]+")
UNITS = {"k": 1024, "m": 1024 * 1024}
INCIDENT = f"{PREFIX}/incidents/019bd1b2-0000-7000-8000-000000000000"


@dataclass
class Block:
    """A block of nginx: its directives by name, the last of each, and the blocks in it by their heads."""

    directives: dict[str, list[str]] = field(default_factory=dict)
    blocks: dict[str, "Block"] = field(default_factory=dict)

    def size(self, name: str) -> int:
        text = self.directives[name][0]
        return int(text[:-1]) * UNITS[text[-1].lower()]


def parsed(text: str) -> Block:
    tokens = [token for token in TOKEN.findall(text) if not token.startswith("#")]
    open_blocks, words = [Block()], list[str]()
    for token in tokens:
        if token == "{":
            inner = open_blocks[-1].blocks.setdefault(" ".join(words), Block())
            open_blocks.append(inner)
        elif token == "}":
            open_blocks.pop()
        elif token == ";":
            open_blocks[-1].directives[words[0]] = words[1:]
        else:
            words.append(token)
            continue
        words = []
    return open_blocks[0]


@pytest.fixture(scope="module")
def server() -> Block:
    return parsed(block_with("nginx", "server {")).blocks["server"]


@pytest.fixture(scope="module")
def files(server: Block) -> tuple[re.Pattern[str], Block]:
    """Where files are sent, and how they pass."""
    [(head, block)] = [each for each in server.blocks.items() if each[0].startswith("location ~ ")]
    return re.compile(head.removeprefix("location ~ ")), block


def test_bodies_and_files_of_the_largest_size_pass(server: Block, files: tuple[re.Pattern[str], Block]) -> None:
    settings = Settings()
    assert server.size("client_max_body_size") == settings.body_limit_bytes
    assert files[1].size("client_max_body_size") == settings.attachment_limit_bytes


def test_every_route_of_files_is_such_a_place_and_no_other(files: tuple[re.Pattern[str], Block]) -> None:
    routes = [
        *attachments.uploads.routes,
        *report_files.uploads.routes,
        *commitment_files.uploads.routes,
        *agreement_files.uploads.routes,
    ]
    paths = [route.path_format for route in routes if isinstance(route, APIRoute)]
    assert paths
    for path in paths:
        assert files[0].search(PREFIX + re.sub(r"\{\w+\}", "019bd1b2", path)), path
    for other in (INCIDENT, f"{INCIDENT}/attachments/x", f"{PREFIX}/reports/x", f"{PREFIX}/public/intakes"):
        assert files[0].search(other) is None


def test_nothing_is_written_to_the_proxys_disk(server: Block, files: tuple[re.Pattern[str], Block]) -> None:
    assert server.directives["proxy_max_temp_file_size"] == ["0"]
    assert server.size("client_body_buffer_size") >= server.size("client_max_body_size")
    assert files[1].directives["proxy_request_buffering"] == ["off"]
    assert server.directives["proxy_http_version"] == ["1.1"]


def test_the_file_has_the_time_that_the_api_gives_it(files: tuple[re.Pattern[str], Block]) -> None:
    assert int(files[1].directives["proxy_read_timeout"][0].removesuffix("s")) > Settings().body_timeout_s


def test_a_reporters_address_is_neither_logged_nor_passed_on_from_outside(server: Block) -> None:
    assert server.blocks["location /api/v1/public/"].directives["access_log"] == ["off"]
    assert server.blocks["location = /metrics"].directives["return"] == ["404"]
    set_headers = re.findall(r"proxy_set_header (\S+) (\S+);", block_with("nginx", "server {"))
    assert dict(set_headers) == {"Host": "$host", "X-Forwarded-For": "$remote_addr", "X-Forwarded-Proto": "$scheme"}
