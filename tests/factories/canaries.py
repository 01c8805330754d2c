"""Words, numbers and files that occur nowhere else, and an incident that is full of them."""

import io
import re
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
from PIL import Image

from app.core.time import utc_now
from tests.factories.attachments import create_attachment, create_link, release_attachment
from tests.factories.cases import list_clocks, set_severity, transition
from tests.factories.child_cases import ASSESSMENT, CLOSURE, PLAN, REVIEW, decide_plan, post_to_case
from tests.factories.duplicates import merge_incidents
from tests.factories.forwardings import forward, set_aside
from tests.factories.http import API, ok, read_etag
from tests.factories.privacy import create_subject_request, transition_subject_request
from tests.factories.proposals import create_proposal, decide_proposal
from tests.factories.referrals import create_follow_up, create_referral
from tests.factories.units import StaffedUnit
from tests.factories.urgent_reports import draft, edit
from tests.world import World

LEAST_CANARIES = 1000
LEAST_OF_EACH_KIND = 50
ADDRESS = re.compile(rb"2001:db8:b1a:[0-9a-f]+")


@dataclass
class Canaries:
    """Words, numbers and addresses of this run alone, and the tokens that were given out or sent along."""

    words: int = 0
    addresses: int = 0
    exif: int = 0
    phones: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    run: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def counts(self) -> dict[str, int]:
        """By kind."""
        plain = {"words": self.words, "addresses": self.addresses, "exif": self.exif}
        return plain | {"phones": len(self.phones), "tokens": len(self.tokens)}

    @property
    def is_enough(self) -> bool:
        least = {"phones": LEAST_OF_EACH_KIND // 2}
        return sum(self.counts.values()) >= LEAST_CANARIES and all(
            n >= least.get(k, LEAST_OF_EACH_KIND) for k, n in self.counts.items()
        )

    def _word(self, number: int) -> str:
        return f"zq{self.run}{number:05d}zq"

    def __call__(self) -> str:
        self.words += 1
        return self._word(self.words)

    def phone(self) -> str:
        """A whole number, so that it is indexed, and too long to occur by chance: Austria has such."""
        number = f"43664{secrets.randbelow(9 * 10**9) + 10**9}"
        self.phones.add(number)
        return f"+{number}"

    def found(self, content: bytes) -> set[bytes]:
        """What of all this lies in a content; a number also without its country."""
        texts = self.tokens | self.phones | {number[2:] for number in self.phones}
        return {
            *re.findall(rf"zq{self.run}[0-9]{{5}}zq".encode(), content),
            *ADDRESS.findall(content),
            *(text.encode() for text in texts if text.encode() in content),
        }

    def address(self) -> str:
        self.addresses += 1
        return f"2001:db8:b1a:{self.addresses:x}"

    def token(self, value: str) -> str:
        self.tokens.add(value)
        return value

    def photo(self) -> bytes:
        """A picture with maker, place and comment in its metadata, and data after the last byte."""
        exif, out, marks = Image.Exif(), io.BytesIO(), [self._word(90000 + self.exif + n) for n in range(4)]
        exif[0x010F], exif.get_ifd(0x8825)[29] = marks[0], marks[1]
        Image.new("RGB", (32, 24), "white").save(out, "JPEG", exif=exif.tobytes(), comment=marks[2].encode())
        self.exif += len(marks)
        return out.getvalue() + marks[3].encode()


async def create_full_incident(school: StaffedUnit, plant: Canaries) -> str:
    """One incident from its intake to its end: each free text, metadata and token of it is planted."""
    intake = await school.head.create_intake(
        narrative=plant(),
        place=plant(),
        predicted_consequence=plant(),
        actions_taken=plant(),
        children=[
            {
                "name": plant(),
                "class_name": plant(),
                "current_state": plant(),
                "family_situation": plant(),
                "present_carer": plant(),
                "father": {"name": plant(), "job": plant()},
                "mother": {"name": plant(), "job": plant()},
            }
        ],
        accused=[{"kind": "pupil", "name": plant(), "description": plant()}],
        informant={
            "consent": True,
            "name": plant(),
            "phone": (phone := plant.phone()),
            "address": plant(),
            "relation": plant(),
        },
    )
    incident_id = str(intake["incident_id"])
    path = f"{API}/incidents/{incident_id}"
    ok(await set_severity(school.head, incident_id, "moderate"), 201)
    long_ago = (utc_now() - timedelta(days=30)).isoformat()
    words = {"contact_person": plant(), "reference_given": plant(), "request": plant()}
    referral = await create_referral(school.head, incident_id, made_at=long_ago, **words)
    ok(await create_follow_up(school.head, referral["id"], note=plant()), 201)
    ok(await transition(school.head, f"{API}/referrals/{referral['id']}", "acknowledge", person=plant()))
    ok(await school.head.post(f"{path}/persons", {"role": "witness", "name": plant(), "description": plant()}), 201)
    ok(await school.head.post(f"{API}/intakes/{intake['id']}/informant", {"reason": plant()}))
    ok(await school.head.post(f"{API}/intakes/informant-search", {"phone": phone, "reason": plant()}), 201)
    await add_related_records(school, incident_id, plant)
    ok(await edit(school.head, await draft(school.head, incident_id), DX1=plant()))
    person = next(p for p in ok(await school.head.get(f"{path}/persons")) if p["role"] == "victim")
    case_id = ok(await school.counsellor.post(f"{path}/cases", {"person_id": person["id"]}), 201)["id"]
    ok(await post_to_case(school.counsellor, case_id, "assessments", ASSESSMENT | {"note": plant()}), 201)
    steps = [{"service": "other", "description": plant(), "responsible": plant()}]
    plan = ok(await post_to_case(school.counsellor, case_id, "plans", PLAN | {"goal": plant(), "steps": steps}), 201)
    ok(await decide_plan(school.head, case_id, plan["id"], "approve", reason=plant()))
    ok(await post_to_case(school.counsellor, case_id, "assessments", REVIEW | {"note": plant()}), 201)
    ok(await post_to_case(school.head, case_id, "closure", CLOSURE | {"evidence": plant()}))
    file = await create_attachment(school.head, incident_id, plant.photo(), "image/jpeg", plant())
    url = await create_link(school.head, file["id"], "shared")
    paper = await create_attachment(school.head, incident_id, plant().encode(), "text/plain", plant())
    ok(await release_attachment(school.head, paper["id"], plant()))
    plant.token(url.partition("token=")[2])
    ok(await transition(school.head, path, "dismiss", reason=plant()))
    return incident_id


async def add_related_records(school: StaffedUnit, incident_id: str, plant: Canaries) -> None:
    """What is done about an incident by others than its counsellor."""
    path = f"{API}/incidents/{incident_id}"
    pupil = next(p for p in ok(await school.head.get(f"{path}/persons")) if p["role"] == "perpetrator")
    measure = {"person_id": pupil["id"], "measure": "reminder", "decided_on": "2025-11-03", "note": plant()}
    ok(await school.head.post(f"{path}/disciplines", measure), 201)
    promise = {"person_id": pupil["id"], "made_on": "2025-11-04", "text": plant()}
    ok(await school.head.post(f"{path}/commitments", promise), 201)
    ok(await school.head.post(f"{path}/holds", {"reason": plant()}), 201)
    week = (utc_now() + timedelta(days=7)).isoformat()
    grantee = str(school.head.world.units["agency"])
    grant = {"grantee_unit_id": grantee, "tier": 2, "reason": plant(), "expires_at": week}
    ok(await school.head.post(f"{path}/grants", grant), 201)
    proposal = await create_proposal(school.head, incident_id, "change_group", group="other", reason=plant())
    above = await school.head.world.client("phong_a.officer")
    ok(await decide_proposal(above, proposal["id"], "return", reason=plant()))
    clock = (await list_clocks(school.head, incident_id))["notify_family"]
    asking = {"kind": "waiver", "reason": plant()}
    asked_for = ok(await school.head.post(f"{path}/clocks/{clock['id']}/exemptions", asking), 201)
    exemption = f"{API}/exemptions/{asked_for['id']}"
    tags = {"If-Match": await read_etag(above, exemption)}
    ok(await above.post(f"{exemption}/decision", {"decision": "reject", "reason": plant()}, headers=tags))
    other = (await school.head.create_intake(narrative=plant()))["incident_id"]
    ok(await set_severity(school.head, other, "low"), 201)
    ok(await merge_incidents(school.head, incident_id, other, reason=plant()), 201)
    await add_waiting_intake(school, plant)
    asked = {"identity": {"name": plant(), "relation": plant()}, "statement": plant()}
    request = await create_subject_request(school.head, incident_id=incident_id, **asked)
    ok(await transition_subject_request(school.head, request["id"], "accept", answer=plant()))


async def add_waiting_intake(school: StaffedUnit, plant: Canaries) -> None:
    """An intake that is forwarded, handed back, set aside and taken up again."""
    intake_id = (await school.head.create_intake(narrative=plant(), open_incident=False))["id"]
    other = await school.head.world.client("b1.head")
    ok(await forward(school.head, intake_id, other.world.units["school_b1"], reason=plant()))
    ok(await other.post(f"{API}/intakes/{intake_id}/hand-back", {"reason": plant()}))
    ok(await set_aside(school.head, intake_id, note=plant()), 201)
    ok(await school.head.post(f"{API}/intakes/{intake_id}/set-asides/undo", {"reason": plant()}))


def dump_database(world: World, into: Path) -> Iterator[bytes]:
    """What a backup of the database holds: SQLite's own copy, or every table as pg_dump writes it."""
    if world.database is None:
        with sqlite3.connect(world.runtime.settings.data_dir / "athd.db") as live, sqlite3.connect(into) as copy:
            live.backup(copy)
        yield into.read_bytes()
        return
    with psycopg.connect(world.database.admin_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copied:
                yield b"".join(bytes(block) for block in copied)
