"""Public intakes and the dialogue by a receipt."""

from typing import Any

import httpx

from tests.factories.http import API, list_ids, ok
from tests.factories.units import StaffedUnit
from tests.world import Client, World

RECEIPTS = f"{API}/public/receipts"


async def create_intake_with_receipt(world: World, school: StaffedUnit, **form: object) -> tuple[str, str]:
    """A new public intake: its receipt and id."""
    before = await list_ids(school.head, "intakes")
    receipt = (await create_public_intake(world, unit_id=str(school.id), narrative="Chuyện bịa để thử", **form))[
        "receipt"
    ]
    (intake_id,) = await list_ids(school.head, "intakes") - before
    return receipt, intake_id


async def write_by_receipt(world: World, receipt: str, text: str) -> httpx.Response:
    return await world.anonymous.post(f"{RECEIPTS}/messages", {"receipt": receipt, "text": text})


async def read_thread(world: World, receipt: str, language: str = "vi") -> list[dict[str, Any]]:
    answer = await world.anonymous.post(
        f"{RECEIPTS}/thread", {"receipt": receipt}, headers={"Accept-Language": language}
    )
    entries: list[dict[str, Any]] = ok(answer)["entries"]
    return entries


async def reply_to_reporter(client: Client, intake_id: str, text: str) -> httpx.Response:
    return await client.post(f"{API}/intakes/{intake_id}/messages", {"text": text})


async def create_public_intake(world: World, **form: object) -> dict[str, Any]:
    """The answer to a new public intake."""
    answer: dict[str, Any] = ok(await world.anonymous.post(f"{API}/public/intakes", form), 201)
    return answer
