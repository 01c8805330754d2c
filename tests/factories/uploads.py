"""Uploads over HTTP, and the worker that goes through them. All invented."""

from typing import Any

import httpx

from app.jobs.handlers import UPLOADS
from app.jobs.worker import Worker
from tests.factories.http import API, ok
from tests.factories.jobs import drain
from tests.factories.school_years import YEAR
from tests.world import Client

UPLOADS_PATH = f"{API}/uploads"
DATASETS_PATH = f"{API}/upload-datasets"
ROSTER_HEAD = "Thời điểm,Ngày thống kê,Cấp học,Giới tính,Số học sinh,Nguồn số liệu"
BOYS = "Đầu năm,30/09/2026,Tiểu học,Nam,220,EMIS (mẫu)"
GIRLS = "Đầu năm,30/09/2026,Tiểu học,Nữ,212,EMIS (mẫu)"


def table(head: str, *rows: str) -> bytes:
    return "".join(f"{line}\n" for line in (head, *rows)).encode()


ROSTER = table(ROSTER_HEAD, BOYS, GIRLS)


async def send_file(client: Client, body: bytes, dataset: str = "roster_counts", **asked: Any) -> httpx.Response:
    params = {"dataset": dataset, "school_year": YEAR, **asked}
    known = {name: value for name, value in params.items() if value is not None}
    return await client.call("POST", UPLOADS_PATH, content=body, params=known, headers={"Content-Type": "text/csv"})


async def run_uploads(client: Client) -> None:
    """Run the jobs of uploads until nothing is due."""
    await drain(Worker(client.world.runtime, UPLOADS))


async def upload(client: Client, body: bytes, dataset: str = "roster_counts", **asked: Any) -> dict[str, Any]:
    """The upload once the worker went through it."""
    made = ok(await send_file(client, body, dataset, **asked), 202)
    await run_uploads(client)
    found: dict[str, Any] = ok(await client.get(f"{UPLOADS_PATH}/{made['id']}"))
    return found


async def revert_upload(client: Client, upload: dict[str, Any]) -> None:
    """Revert an upload as somebody who may, and let the worker go through it."""
    ok(await client.post(f"{UPLOADS_PATH}/{upload['id']}/revert", {"reason": "Nhầm tệp (mẫu)"}))
    await run_uploads(client)


def fates(upload: dict[str, Any]) -> dict[str, int]:
    """How many rows had each fate that any had."""
    return {fate: number for fate, number in upload["rows"].items() if number and fate != "read"}


async def list_errors(client: Client, upload: dict[str, Any]) -> list[tuple[int, str | None, str]]:
    page = ok(await client.get(f"{UPLOADS_PATH}/{upload['id']}/errors", params={"limit": 500}))
    return [(each["row"], each["column"], each["code"]) for each in page["items"]]


async def read_error_document(client: Client, upload: dict[str, Any]) -> str:
    response = await client.get(f"{UPLOADS_PATH}/{upload['id']}/errors.csv")
    assert response.status_code == 200, response.text
    return response.content.decode("utf-8-sig")


async def read_error_workbook(client: Client, upload: dict[str, Any]) -> bytes:
    response = await client.get(f"{UPLOADS_PATH}/{upload['id']}/errors.xlsx")
    assert response.status_code == 200, response.text
    return response.content
