"""Ended cases with canary words, retention, and requests of data subjects. All of it invented."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, update

from app.core.time import today
from app.models.cases.incidents import IncidentEvent
from app.models.platform.data_keys import DataKey
from app.models.privacy.retention import LocalRetention
from app.repositories.privacy.shredding import ShreddingRepository
from app.security.access.scope import ALL
from app.services.privacy.destructions import destroy_due
from tests.factories.cases import set_severity, transition
from tests.factories.http import API, ok, read_etag
from tests.factories.referrals import create_referral
from tests.factories.units import StaffedUnit
from tests.world import Client, World

SUBJECT_REQUESTS = f"{API}/subject-requests"
REQUESTER_NAME = "Nguyễn Thị Bịa"
FRIDAY = "2026-11-20T03:00:00Z"
SUBJECT_REQUEST_FORM = {
    "kind": "restriction",
    "requester": "representative",
    "child_is_seven": True,
    "identity": {"name": REQUESTER_NAME, "relation": "mẹ (bịa)"},
    "statement": "Xin hạn chế xử lý (bịa)",
    "received_at": FRIDAY,
}
CANARY_NUMBERS = count(1)
YEAR = timedelta(days=366)
RETENTION_MONTHS = {
    "closed_incident": 120,
    "dismissed_incident": 24,
    "loose_intake": 24,
    "informant": 24,
    "informant_search": 60,
    "learner": 60,
    "learner_lookup": 60,
    "learner_transfer": 60,
    "commitment": 60,
    "commitment_agreement": 60,
    "export": 60,
    "subject_request": 60,
    "report": 240,
    "unlocked_report": 240,
    "roster_count": 240,
}


async def create_subject_request(client: Client, **fields: object) -> dict[str, Any]:
    made: dict[str, Any] = ok(await client.post(SUBJECT_REQUESTS, SUBJECT_REQUEST_FORM | fields), 201)
    return made


async def transition_subject_request(client: Client, request_id: str, action: str, **fields: object) -> httpx.Response:
    path = f"{SUBJECT_REQUESTS}/{request_id}"
    return await client.post(
        f"{path}/transitions", {"action": action, **fields}, headers={"If-Match": await read_etag(client, path)}
    )


@dataclass(frozen=True)
class EndedCase:
    """An ended case of a school, with `canary` in every text."""

    school: StaffedUnit
    canary: str
    incident_id: str
    intake_id: str
    case_id: str
    referral_id: str

    @property
    def path(self) -> str:
        return f"{API}/incidents/{self.incident_id}"

    async def everything(self, client: Client) -> list[Any]:
        """Every read of the case, each successful."""
        paths = (
            *(f"{self.path}{part}" for part in ("", "/persons", "/timeline", "/severities", "/grants", "/clocks")),
            *(
                f"{self.path}{part}"
                for part in ("/holds", "/cases", "/disciplines", "/commitments", "/escalations", "/access")
            ),
            *(f"{API}/cases/{self.case_id}{part}" for part in ("", "/assessments", "/plans")),
            f"{API}/referrals/{self.referral_id}",
            f"{API}/intakes/{self.intake_id}",
            f"{API}/intakes/{self.intake_id}/informant/openings",
        )
        found = [ok(await client.get(path)) for path in paths]
        assert (await client.get(f"{API}/referrals/{self.referral_id}/handover-sheet")).status_code == 200
        return found


async def create_ended_case(school: StaffedUnit, years: float = 11) -> EndedCase:
    """A case closed some years ago."""
    canary = f"zqhuy{next(CANARY_NUMBERS):05d}"
    head = school.head
    intake = await head.create_intake(
        narrative=f"Lời kể {canary} (bịa)",
        place=f"Nơi {canary}",
        children=[{"sex": "female", "name": f"Em {canary}", "estimated_age": 12, "birth_date": "2012-05-05"}],
        informant={"consent": True, "name": f"Bà {canary}", "phone": "0900000000"},
    )
    incident_id = intake["incident_id"]
    path = f"{API}/incidents/{incident_id}"
    ok(await set_severity(head, incident_id, "low"), 201)
    (person,) = ok(await head.get(f"{path}/persons"))
    place = f"{path}/persons/{person['id']}"
    figures = {"school_level": "lower_secondary", "grade": "7", "injury_outcome": "treated"}
    ok(await head.patch(place, figures, await read_etag(head, place)))
    case_id = ok(await head.post(f"{path}/cases", {"person_id": person["id"]}), 201)["id"]
    case = f"{API}/cases/{case_id}"
    assessed = {"harm": {"harm_severity": "high"}, "capacity": {"recovery": "low"}, "risk": "low", "note": canary}
    tags = {"If-Match": await read_etag(head, case)}
    ok(await school.counsellor.post(f"{case}/assessments", assessed, headers=tags), 201)
    closing = {"no_longer_at_risk": True, "is_stable": True, "evidence": canary}
    ok(await head.post(f"{case}/closure", closing, headers={"If-Match": await read_etag(head, case)}))
    ok(await head.post(f"{API}/intakes/{intake['id']}/informant", {"reason": canary}))
    referral = await create_referral(head, incident_id, request=canary)
    for action in ("acknowledge", "assess", "intervene", "close"):
        ok(await transition(head, path, action, reason=canary))
    await backdate_event(head.world, incident_id, "close", years)
    return EndedCase(school, canary, incident_id, intake["id"], case_id, referral["id"])


async def backdate_event(world: World, incident_id: str, kind: str, years: float) -> None:
    """Move an event of a case some years back."""
    async with world.runtime.work(ALL) as work:
        await work.session.execute(
            update(IncidentEvent)
            .where(IncidentEvent.incident_id == UUID(incident_id), IncidentEvent.kind == kind)
            .values(at=work.now - years * YEAR)
        )
        await work.commit()


def this_month() -> str:
    return today().strftime("%Y-%m")


async def preview_retention(client: Client, **params: object) -> dict[str, Any]:
    """What is destroyed by the end of this month, or of another."""
    found: dict[str, Any] = ok(await client.get(f"{API}/retention/preview", params={"month": this_month(), **params}))
    return found


async def set_retention_periods(world: World, unit: str = "department") -> None:
    """Set the period of every class as the release proposes it."""
    async with world.runtime.work(ALL) as work:
        known = set(
            await work.session.scalars(
                select(LocalRetention.class_code).where(
                    LocalRetention.unit_id == world.units[unit], LocalRetention.valid_to.is_(None)
                )
            )
        )
        for code, months in RETENTION_MONTHS.items():
            if code not in known:
                work.session.add(
                    LocalRetention(
                        unit_id=world.units[unit],
                        class_code=code,
                        months=months,
                        decision_number="05/QĐ-MẪU",
                        valid_from=date(2026, 1, 1),
                        created_at=work.now,
                        created_by=world.units[unit],
                    )
                )
        await work.commit()


async def destroy_due_records(world: World) -> None:
    """Run the worker's destruction once."""
    async with world.runtime.work(ALL) as work:
        await destroy_due(work)
        await work.commit()


async def live_keys(world: World, record: EndedCase) -> dict[UUID, tuple[str, str]]:
    """The live keys of a case: id, wrapped key and wrapping key."""
    async with world.runtime.work(ALL) as work:
        ids = [
            shred.key_id
            for shred in await ShreddingRepository(work.session).keys_of("incident", UUID(record.incident_id))
        ]
        rows = await work.session.scalars(select(DataKey).where(DataKey.id.in_(ids)))
        return {row.id: (row.wrapped, row.wrapping) for row in rows}
