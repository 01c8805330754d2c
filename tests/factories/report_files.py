"""Files of reports: evidence and what was issued, by an invented template with an item of evidence."""

from typing import Any
from urllib.parse import quote

import httpx

from tests.factories.http import API, ok
from tests.factories.reports import TEXTS, Chain, create_chain
from tests.files.samples import TEXT
from tests.world import Client, World

EVIDENCE = {"kind": "evidence", "code": "PROOF", "label_vi": "Minh chứng (bịa)", "label_en": "Proof (invented)"}
SECTIONS = [{"code": "texts", "label_vi": "Nội dung", "label_en": "Texts", "items": [*TEXTS, EVIDENCE]}]


async def create_chain_with_evidence(world: World, schools: int = 1) -> Chain:
    return await create_chain(world, schools, sections=SECTIONS, rules=[])


async def add_evidence(
    client: Client, report: str, content: bytes = TEXT, item: str = "PROOF", title: str = ""
) -> httpx.Response:
    return await _send(client, f"{report}/files?item={item}", content, title)


async def add_issued(client: Client, report: str, content: bytes = TEXT, number: int = 1) -> httpx.Response:
    return await _send(client, f"{report}/versions/{number}/issued-files", content, "")


async def _send(client: Client, path: str, content: bytes, title: str) -> httpx.Response:
    headers = {"Content-Type": "text/plain"} | ({"Attachment-Title": quote(title)} if title else {})
    return await client.call("POST", path, content=content, headers=headers)


async def list_files(client: Client, report: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(await client.get(f"{report}/files"))
    return found


def file_path(file: dict[str, Any]) -> str:
    return f"{API}/report-files/{file['id']}"


async def download(client: Client, file: dict[str, Any], variant: str = "original") -> httpx.Response:
    """Fetch a file by a link of its own; the refusal of the link where there is none."""
    made = await client.post(f"{file_path(file)}/links", {"variant": variant})
    return await client.http.get(made.json()["url"]) if made.status_code == 201 else made


async def destroy_file(client: Client, file: dict[str, Any]) -> httpx.Response:
    return await client.post(f"{file_path(file)}/destruction", {"reason": "Tải nhầm (bịa)"})
