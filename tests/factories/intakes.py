"""Public intakes and the dialogue by a receipt."""

import base64
import json
from typing import Any

import altcha.v1 as altcha
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
    """Write a message of immediate danger: staff see it at once."""
    return await world.anonymous.post(
        f"{RECEIPTS}/messages", {"receipt": receipt, "text": text, "immediate_danger": True}
    )


async def read_thread(world: World, receipt: str, language: str = "vi") -> list[dict[str, Any]]:
    answer = await world.anonymous.post(
        f"{RECEIPTS}/thread", {"receipt": receipt}, headers={"Accept-Language": language}
    )
    entries: list[dict[str, Any]] = ok(answer)["entries"]
    return entries


async def reply_to_reporter(client: Client, intake_id: str, text: str) -> httpx.Response:
    return await client.post(f"{API}/intakes/{intake_id}/messages", {"text": text})


async def create_public_intake(world: World, **form: object) -> dict[str, Any]:
    """The answer to a new public intake, of immediate danger unless `form` denies it: staff see it at once."""
    body = {"immediate_danger": True, **form}
    answer: dict[str, Any] = ok(await world.anonymous.post(f"{API}/public/intakes", body), 201)
    return answer


async def solved_challenge(world: World) -> str:
    """A proof of work, as a browser solves it."""
    challenge = ok(await world.anonymous.get(f"{API}/public/challenge"))
    names = ("algorithm", "challenge", "salt", "signature")
    found = altcha.solve_challenge(
        challenge["challenge"], challenge["salt"], challenge["algorithm"], challenge["maxNumber"], 0
    )
    assert found is not None
    payload = {name: challenge[name] for name in names} | {"number": found.number}
    return base64.b64encode(json.dumps(payload).encode()).decode()
