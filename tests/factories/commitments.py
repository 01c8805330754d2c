"""Campaigns with classes to sign, over HTTP. All invented."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from app.core.time import today
from tests.factories.http import API, list_items, ok
from tests.factories.learners import YEAR, Pupil, create_class, create_pupil, guardian, write
from tests.factories.units import StaffedUnit
from tests.world import Client

CODES = count(1)
CLASSES = f"{API}/commitment-classes"
CAMPAIGNS = f"{API}/commitment-campaigns"
DOCUMENT: Mapping[str, Any] = {
    "title_vi": "Cam kết của lớp (mẫu)",
    "levels": ["lower_secondary"],
    "parties": ["pupil", "guardian"],
    "clauses": [
        {"theme": "violence", "party": "pupil", "text_vi": "Em không đánh bạn (mẫu)."},
        {"theme": "traffic", "party": "guardian", "text_vi": "Gia đình không giao xe máy cho con (mẫu)."},
    ],
}


@dataclass(frozen=True, slots=True)
class Signing:
    """A class of a school in a campaign, with its pupils; the last one has no guardian."""

    school: StaffedUnit
    campaign_id: str
    class_id: str
    id: str
    pupils: tuple[Pupil, ...]

    @property
    def path(self) -> str:
        return f"{CLASSES}/{self.id}"


async def create_template(client: Client, **document: Any) -> dict[str, Any]:
    """A published template of the client's unit."""
    body = {"code": f"mau_{next(CODES)}", "document": {**DOCUMENT, **document}}
    made = ok(await client.post(f"{API}/commitment-templates", body), 201)
    published: dict[str, Any] = ok(await client.post(f"{API}/commitment-templates/{made['id']}/publication"), 201)
    return published


async def next_version(client: Client, template: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The next published version of a template, with the same document."""
    shown = ok(await client.get(f"{API}/commitment-templates/{template['id']}"))
    body = {"code": shown["code"], "document": shown["document"], **more}
    made = ok(await client.post(f"{API}/commitment-templates", body), 201)
    published: dict[str, Any] = ok(await client.post(f"{API}/commitment-templates/{made['id']}/publication"), 201)
    return published


async def secondary_template(client: Client) -> str:
    """That of the product for lower and upper secondary schools."""
    listed = await list_items(client, "commitment-templates")
    return next(str(each["id"]) for each in listed if each["code"] == "year_secondary")


async def create_campaign(client: Client, template_ids: list[str], **more: Any) -> str:
    day = today().isoformat()
    body = {"school_year": YEAR, "title_vi": "Đợt ký (mẫu)", "template_ids": template_ids, **more}
    made = ok(await client.post(CAMPAIGNS, {"opens_on": day, "closes_on": day, **body}), 201)
    return str(made["id"])


async def adopt(client: Client, campaign_id: str) -> dict[str, Any]:
    adopted: dict[str, Any] = ok(await client.post(f"{CAMPAIGNS}/{campaign_id}/adoption"))
    return adopted


async def create_signing(school: StaffedUnit, campaign_id: str | None = None, pupils: int = 3) -> Signing:
    """A class of a school that adopted a campaign, by default its own."""
    row = await create_class(school.officer)
    made = [await create_pupil(school.officer, row["id"], f"Lê Thị Bịa {at}") for at in "ABCDEFGH"[:pupils]]
    for pupil in made[:-1]:
        ok(await write(school.officer, pupil.id, "guardians", guardian()), 201)
    if campaign_id is None:
        campaign_id = await create_campaign(school.head, [await secondary_template(school.head)])
    await adopt(school.officer, campaign_id)
    listed = await list_items(school.officer, "commitment-classes", campaign_id=campaign_id)
    found = next(each["id"] for each in listed if each["class_id"] == row["id"])
    return Signing(school, campaign_id, row["id"], found, tuple(made))


def rows(pupils: Iterable[Pupil], state: str, party: str = "guardian", **more: Any) -> list[dict[str, Any]]:
    return [{"learner_id": each.id, "party": party, "state": state, **more} for each in pupils]


async def record(client: Client, signing: Signing, *named: list[dict[str, Any]], **more: Any) -> Any:
    body = {"way": "class_sheet", "signed_on": today().isoformat(), "rows": [row for each in named for row in each]}
    return await client.post(f"{signing.path}/signatures", {**body, **more})


async def assert_counted(signing: Signing) -> None:
    """Every counter of the school's classes is as its rows."""
    assert ok(await signing.school.head.get(f"{CAMPAIGNS}/{signing.campaign_id}/differences")) == []


def counts(shown: Mapping[str, Any]) -> dict[str, tuple[int, int, int]]:
    """Owed, settled and signed, by party."""
    return {each["party"]: (each["owed"], each["settled"], each["signed"]) for each in shown["counts"]}
