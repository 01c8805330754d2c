"""Campaigns with agreements of staff and of a school, over HTTP. All invented."""

from collections.abc import Mapping
from typing import Any

from app.core.time import today
from tests.factories.commitments import adopt, create_campaign
from tests.factories.http import API, list_items, ok, read_etag
from tests.factories.learners import create_class
from tests.factories.units import StaffedUnit
from tests.world import Client

AGREEMENTS = f"{API}/commitment-agreements"
SIGNER = {"name": "Trần Văn Bịa", "title": "Trưởng Công an xã (bịa)"}
STAFF_DOCUMENT: Mapping[str, Any] = {
    "parties": ["teacher", "principal"],
    "staff_posts": ["teacher"],
    "clauses": [
        {"theme": "violence", "party": "teacher", "text_vi": "Không đánh người học (mẫu)."},
        {"theme": "coordination", "party": "principal", "text_vi": "Hỗ trợ giáo viên (mẫu)."},
    ],
}


async def product_templates(client: Client, *codes: str) -> list[str]:
    listed = {each["code"]: str(each["id"]) for each in await list_items(client, "commitment-templates")}
    return [listed[f"year_{code}"] for code in codes]


async def agree(school: StaffedUnit, *kinds: str, campaign_id: str | None = None) -> dict[str, str]:
    """The paths of a school's agreements by kind, in a campaign of its own by default; a class says its level."""
    await create_class(school.officer)
    if campaign_id is None:
        campaign_id = await create_campaign(school.head, await product_templates(school.head, *kinds))
    await adopt(school.officer, campaign_id)
    listed = await list_items(school.officer, "commitment-agreements", campaign_id=campaign_id)
    return {each["kind"]: f"{AGREEMENTS}/{each['id']}" for each in listed} | {"campaign": campaign_id}


async def record(client: Client, path: str, *rows: dict[str, Any], **more: Any) -> Any:
    body = {"way": "paper", "signed_on": today().isoformat(), "rows": list(rows)}
    return await client.post(f"{path}/signatures", {**body, **more})


async def hire(client: Client, full_name: str, post: str = "teacher") -> str:
    """A member of staff in office."""
    posts = [{"post": post, "valid_from": "2026-08-15"}]
    return str(ok(await client.post(f"{API}/staff", {"full_name": full_name, "posts": posts}), 201)["id"])


async def dismiss(client: Client, staff_id: str) -> None:
    """End the post of a member of staff, today."""
    path = f"{API}/staff/{staff_id}"
    (post,) = ok(await client.get(path))["posts"]
    body = {"valid_to": today().isoformat()}
    ok(await client.patch(f"{path}/posts/{post['id']}", body, await read_etag(client, path)))


async def states(client: Client, path: str) -> dict[str, str]:
    """Of an agreement of staff the state of each."""
    return {each["staff_id"]: each["state"] for each in ok(await client.get(path))["obligations"]}
