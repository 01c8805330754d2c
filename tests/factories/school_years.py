"""School years, and roster counts of a unit. All invented."""

from typing import Any
from uuid import UUID

import httpx

from app.models.school_years.roster_counts import RosterCount
from app.models.units import Unit
from app.security.access.scope import ALL
from tests.factories.http import API, read_etag
from tests.world import Client, World

YEAR = "2026-2027"


def school_year(**more: Any) -> dict[str, Any]:
    days = {"starts_on": "2026-08-22", "ends_on": "2027-05-31", "is_confirmed": True, "source": "12/QĐ-MẪU"}
    return {**days, "terms": [term("first", "2026-09-07", "2027-01-10")], **more}


def term(code: str, starts_on: str, ends_on: str) -> dict[str, Any]:
    return {"code": code, "starts_on": starts_on, "ends_on": ends_on, "is_confirmed": True, "source": "12/QĐ-MẪU"}


async def put_school_year(client: Client, code: str = YEAR, **more: Any) -> httpx.Response:
    return await client.call("PUT", f"{API}/school-years/{code}", json=school_year(**more))


def roster_path(school_year: str = YEAR, moment: str = "start") -> str:
    return f"{API}/roster-counts/{school_year}/{moment}"


def pupils(level: str, male: int, female: int) -> list[dict[str, Any]]:
    sexes = {"male": male, "female": female}
    return [{"school_level": level, "sex": sex, "pupils": number} for sex, number in sexes.items()]


async def put_roster_count(client: Client, path: str, *counts: dict[str, Any], **more: Any) -> httpx.Response:
    """Set the whole count of the client's unit, under the tag that it has."""
    tag = more.pop("tag", None) or await read_etag(client, path)
    body = {"counted_on": "2026-09-30", "source": "EMIS (mẫu)", "counts": list(counts), **more}
    return await client.call("PUT", path, json=body, headers={"If-Match": tag})


async def freeze_roster_count(client: Client, path: str) -> httpx.Response:
    return await client.post(f"{path}/freeze", headers={"If-Match": await read_etag(client, path)})


async def plant_roster_count(world: World, unit_id: UUID, moment: str, level: str, male: int, female: int) -> None:
    """A count of the current school year on today's day, whatever levels the unit has."""
    async with world.runtime.work(ALL) as work:
        unit = await work.session.get_one(Unit, unit_id)
        for each in pupils(level, male, female):
            row = RosterCount(
                **each,
                unit_id=unit.id,
                org_path=unit.org_path,
                school_year=YEAR,
                moment=moment,
                counted_on=work.today,
                source="EMIS (mẫu)",
                created_at=work.now,
                created_by=unit.id,
            )
            work.session.add(row)
        await work.commit()
