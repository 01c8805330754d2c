"""HEAD answers as GET, without the content: status, headers, rights and audit are the same."""

from typing import Any

import httpx
import pytest

from app.core.ids import new_id
from tests.factories.attachments import create_attachment, create_link
from tests.factories.http import API, ok
from tests.factories.referrals import create_referral
from tests.factories.units import StaffedUnit
from tests.files.samples import MP4
from tests.world import World

# Of one request, or of one moment.
OWN = {"x-request-id", "ratelimit", "date"}
OPEN = ["/healthz", "/readyz", "/version", "/problems", "/.well-known/jwks.json", "/openapi.json", "/docs"]
OF_STAFF = ["hotlines", "incidents", "units", "auth/me", "code-lists"]


def compared(answer: httpx.Response) -> tuple[int, dict[str, str]]:
    return answer.status_code, {name: value for name, value in answer.headers.items() if name not in OWN}


async def assert_alike(client: httpx.AsyncClient, path: str, **more: Any) -> httpx.Response:
    whole, head = [await client.request(method, path, **more) for method in ("GET", "HEAD")]
    assert compared(head) == compared(whole), path
    assert head.content == b""
    assert whole.content != b"" or whole.status_code == 304
    return head


@pytest.mark.parametrize("path", OPEN)
async def test_what_is_open_answers(world: World, path: str) -> None:
    assert (await assert_alike(world.http, path)).status_code == 200


@pytest.mark.parametrize("path", OF_STAFF)
async def test_the_api_answers(world: World, school: StaffedUnit, path: str) -> None:
    head = await assert_alike(world.http, f"{API}/{path}", headers=school.head.headers)
    assert head.status_code == 200
    assert int(head.headers["Content-Length"]) > 0


async def test_a_refusal_is_the_same(world: World, school: StaffedUnit) -> None:
    assert (await assert_alike(world.http, f"{API}/incidents")).status_code == 401
    unknown = f"{API}/incidents/{new_id()}"
    assert (await assert_alike(world.http, unknown, headers=school.head.headers)).status_code == 404
    assert (await assert_alike(world.http, f"{API}/nowhere")).status_code == 404
    posted = await assert_alike(world.http, f"{API}/auth/sign-in")
    assert (posted.status_code, posted.headers["Allow"]) == (405, "POST")
    for path in (f"{API}/hotlines", "/docs", "/openapi.json"):
        read = await world.http.request("DELETE", path)
        assert (read.status_code, sorted(read.headers["Allow"].split(", "))) == (405, ["GET", "HEAD"])


async def test_a_condition_is_judged(world: World, school: StaffedUnit) -> None:
    path = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
    headers = {**school.head.headers, "If-None-Match": (await school.head.get(path)).headers["ETag"]}
    await assert_alike(world.http, path, headers=headers)


async def test_a_sheet_and_a_table_say_how_long_they_are(world: World, school: StaffedUnit) -> None:
    referral = await create_referral(school.head, (await school.head.create_intake())["incident_id"])
    for path in (f"referrals/{referral['id']}/handover-sheet", "referrals/reconciliation.csv?month=2026-10"):
        head = await assert_alike(world.http, f"{API}/{path}", headers=school.head.headers)
        assert int(head.headers["Content-Length"]) > 100


class TestDownloads:
    @pytest.fixture
    async def url(self, school: StaffedUnit) -> str:
        incident_id = (await school.head.create_intake())["incident_id"]
        film = await create_attachment(school.head, incident_id, MP4, "video/mp4")
        return await create_link(school.head, film["id"])

    async def test_the_length_and_the_range_are_told(self, world: World, url: str) -> None:
        head = await assert_alike(world.http, url)
        assert (head.headers["Content-Length"], head.headers["Accept-Ranges"]) == (str(len(MP4)), "bytes")
        part = await assert_alike(world.http, url, headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.headers["Content-Length"]) == (206, "4")

    async def test_it_is_audited(self, world: World, school: StaffedUnit, url: str) -> None:
        attachment_id = url.split("/attachments/")[1].split("/", maxsplit=1)[0]
        incident_id = ok(await school.head.get(f"{API}/attachments/{attachment_id}"))["incident_id"]
        assert (await world.http.head(url)).status_code == 200
        department = await world.client("so.head")
        query = {"incident_id": incident_id, "about": "get_attachment_content"}
        (entry,) = ok(await department.get(f"{API}/audit/entries", params=query))["items"]
        assert entry["actor_id"] == str(school.head.user_id)
