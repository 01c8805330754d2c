"""Contents over HTTP: ranges, ETags, and headers that prevent execution, caching and disclosure of names."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from app.security.crypto.streams import TamperedError
from tests.factories.attachments import create_attachment, create_link, fetch_link
from tests.factories.http import assert_problem
from tests.files.samples import MP4
from tests.world import Client, World

CONTENT = MP4 + bytes(range(256)) * 1000
SIZE = len(CONTENT)


@pytest.fixture
async def url(school_a1: Client) -> str:
    intake = await school_a1.create_intake()
    attachment = await create_attachment(
        school_a1, intake["incident_id"], CONTENT, "video/mp4", title="Clip của bé Bịa"
    )
    return await create_link(school_a1, attachment["id"])


async def test_content_is_not_executed_cached_or_named(school_a1: Client, url: str) -> None:
    answer = await fetch_link(school_a1, url)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Length"] == str(SIZE)
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="tep-dinh-kem-')
    assert disposition.endswith('.mp4"')


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-", 100, SIZE),
        ("bytes=-10", SIZE - 10, SIZE),
        ("bytes=65530-65545", 65530, 65546),
        ("bytes=10-99999999", 10, SIZE),
        ("bytes=-99999999", 0, SIZE),
        ("BYTES=5-6", 5, 7),
    ],
)
async def test_a_range_is_answered_with_206(school_a1: Client, url: str, asked: str, start: int, stop: int) -> None:
    answer = await fetch_link(school_a1, url, Range=asked)
    assert (answer.status_code, answer.content) == (206, CONTENT[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=9-3", "bytes", "bytes=a-b", ""])
async def test_multiple_or_invalid_ranges_get_the_whole_content(school_a1: Client, url: str, asked: str) -> None:
    assert (await fetch_link(school_a1, url, Range=asked)).status_code == 200


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", "bytes=999999999-"])
async def test_a_range_beyond_the_end_is_416_with_the_size(school_a1: Client, url: str, asked: str) -> None:
    answer = await fetch_link(school_a1, url, Range=asked)
    assert_problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"


async def test_a_range_of_another_version_gets_the_whole(school_a1: Client, url: str) -> None:
    tag = (await fetch_link(school_a1, url)).headers["ETag"]
    assert (await fetch_link(school_a1, url, Range="bytes=0-1", **{"If-Range": tag})).status_code == 206
    for other in ('"khac"', f"W/{tag}", "Tue, 24 Nov 2026 00:00:00 GMT"):
        assert (await fetch_link(school_a1, url, Range="bytes=0-1", **{"If-Range": other})).status_code == 200


async def test_without_or_with_an_empty_token_there_is_nothing(school_a1: Client, url: str) -> None:
    bare = urlsplit(url).path
    assert_problem(await fetch_link(school_a1, bare), 404, "not_found")
    assert_problem(await fetch_link(school_a1, "/api/v1/attachments/khong-co/content?token=a"), 404, "not_found")
    assert_problem(await fetch_link(school_a1, f"{bare}?token="), 404, "not_found")
    assert_problem(await fetch_link(school_a1, f"{url}&download=1"), 400, "bad_request")


async def test_a_damaged_content_is_a_defect_and_not_half_a_file(
    world: World, school_a1: Client, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def damaged(*_: Any) -> Any:
        raise TamperedError
        yield b""

    monkeypatch.setattr(world.runtime.files, "read", damaged)
    assert_problem(await fetch_link(school_a1, url), 500, "internal")
