"""Whatever says who somebody is lies in no file, table, log or backup, and the search finds what does lie there.

All of it invented.
"""

import asyncio
import io
import os
import re
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import structlog
from PIL import Image

from app.core.time import utc_now
from tests.cases.test_child_cases import ASSESSMENT, CLOSURE, PLAN, REVIEW, act, decide
from tests.duplicates.test_merges import merge
from tests.factories.acts import API, Place, founded, judge, listed, ok, refer, step
from tests.factories.files import attached, linked, release
from tests.privacy.test_subject_requests import recorded, taken
from tests.province import PASSWORD
from tests.referrals.test_follow_ups import call
from tests.world import World

PLANTED = 1000
EACH = 50
# Homes of test runs and of their servers, on a machine that many share; this run's own are searched by name.
OTHERS = ("pytest-of-", "athd-bench-pg-")
ADDRESS = re.compile(rb"2001:db8:b1a:[0-9a-f]+")


@dataclass
class Plant:
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
        least = {"phones": EACH // 2}
        return sum(self.counts.values()) >= PLANTED and all(n >= least.get(k, EACH) for k, n in self.counts.items())

    def _word(self, number: int) -> str:
        return f"zq{self.run}{number:05d}zq"

    def __call__(self) -> str:
        self.words += 1
        return self._word(self.words)

    def phone(self) -> str:
        """A whole number, so that it is indexed, and too long to occur by chance."""
        number = f"995{secrets.randbelow(9 * 10**11) + 10**11}"
        self.phones.add(number)
        return f"+{number}"

    def found(self, content: bytes) -> set[bytes]:
        """What of all this lies in a content; a number also without its country."""
        texts = self.tokens | self.phones | {number[3:] for number in self.phones}
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
        """A picture whose metadata tells the maker, the place, a comment and what follows the last byte."""
        exif, out, marks = Image.Exif(), io.BytesIO(), [self._word(90000 + self.exif + n) for n in range(4)]
        exif[0x010F], exif.get_ifd(0x8825)[29] = marks[0], marks[1]
        Image.new("RGB", (32, 24), "white").save(out, "JPEG", exif=exif.tobytes(), comment=marks[2].encode())
        self.exif += len(marks)
        return out.getvalue() + marks[3].encode()


async def a_life(school: Place, plant: Plant) -> str:
    """One incident from its intake to its end: each free text, metadata and token of it is planted."""
    intake = await school.head.take_in(
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
    ok(await judge(school.head, incident_id, "moderate"), 201)
    long_ago = (utc_now() - timedelta(days=30)).isoformat()
    words = {"contact_person": plant(), "reference_given": plant(), "request": plant()}
    referral = await refer(school.head, incident_id, made_at=long_ago, **words)
    ok(await call(school.head, referral["id"], note=plant()), 201)
    ok(await step(school.head, f"{API}/referrals/{referral['id']}", "acknowledge", person=plant()))
    ok(await school.head.post(f"{path}/persons", {"role": "witness", "name": plant(), "description": plant()}), 201)
    ok(await school.head.post(f"{API}/intakes/{intake['id']}/informant", {"reason": plant()}))
    ok(await school.head.post(f"{API}/intakes/informant-search", {"phone": phone, "reason": plant()}), 201)
    await beside(school, incident_id, plant)
    person = next(p for p in ok(await school.head.get(f"{path}/persons")) if p["role"] == "victim")
    case_id = ok(await school.counsellor.post(f"{path}/cases", {"person_id": person["id"]}), 201)["id"]
    ok(await act(school.counsellor, case_id, "assessments", ASSESSMENT | {"note": plant()}), 201)
    steps = [{"service": "other", "description": plant(), "responsible": plant()}]
    plan = ok(await act(school.counsellor, case_id, "plans", PLAN | {"goal": plant(), "steps": steps}), 201)
    ok(await decide(school.head, case_id, plan["id"], "approve", reason=plant()))
    ok(await act(school.counsellor, case_id, "assessments", REVIEW | {"note": plant()}), 201)
    ok(await act(school.head, case_id, "closure", CLOSURE | {"evidence": plant()}))
    file = await attached(school.head, incident_id, plant.photo(), "image/jpeg", plant())
    url = await linked(school.head, file["id"], "shared")
    paper = await attached(school.head, incident_id, plant().encode(), "text/plain", plant())
    ok(await release(school.head, paper["id"], plant()))
    plant.token(url.partition("token=")[2])
    ok(await step(school.head, path, "dismiss", reason=plant()))
    return incident_id


async def beside(school: Place, incident_id: str, plant: Plant) -> None:
    """What is done about an incident by others than its counsellor."""
    path = f"{API}/incidents/{incident_id}"
    pupil = next(p for p in ok(await school.head.get(f"{path}/persons")) if p["role"] == "perpetrator")
    measure = {"person_id": pupil["id"], "measure": "reminder", "decided_on": "2025-11-03", "note": plant()}
    ok(await school.head.post(f"{path}/disciplines", measure), 201)
    ok(await school.head.post(f"{path}/holds", {"reason": plant()}), 201)
    week = (utc_now() + timedelta(days=7)).isoformat()
    grantee = str(school.head.world.units["agency"])
    grant = {"grantee_unit_id": grantee, "tier": 2, "reason": plant(), "expires_at": week}
    ok(await school.head.post(f"{path}/grants", grant), 201)
    other = (await school.head.take_in(narrative=plant()))["incident_id"]
    ok(await merge(school.head, incident_id, other, reason=plant()), 201)
    asked = {"identity": {"name": plant(), "relation": plant()}, "statement": plant()}
    request = await recorded(school.head, incident_id=incident_id, **asked)
    ok(await taken(school.head, request["id"], "accept", answer=plant()))


async def a_stranger(world: World, school: Place, plant: Plant) -> None:
    """What somebody without an account leaves on the way: browser, address, page, key, receipt, a later message."""
    headers = {
        "User-Agent": plant(),
        "X-Forwarded-For": plant.address(),
        "Forwarded": f"for={plant.address()}",
        "Referer": f"https://{plant()}.example.vn/",
        "X-Request-ID": plant(),
        "Idempotency-Key": plant.token(uuid4().hex),
    }
    form: dict[str, Any] = {"unit_id": str(school.id), "narrative": plant(), "school_name": plant()}
    form |= {"informant": {"consent": True, "name": plant(), "phone": plant.phone()}}
    before = await listed(school.head, "intakes")
    receipt = plant.token(ok(await world.stranger.post(f"{API}/public/intakes", form, headers=headers), 201)["receipt"])
    message = {"receipt": receipt, "text": plant()}
    ok(await world.stranger.post(f"{API}/public/receipts/messages", message, headers=headers), 201)
    (intake_id,) = await listed(school.head, "intakes") - before
    ok(await school.head.post(f"{API}/intakes/{intake_id}/messages", {"text": plant()}), 201)


async def a_sign_in(world: World, plant: Plant) -> None:
    body = {"username": "a1.head", "password": PASSWORD}
    answer = ok(await world.stranger.post(f"{API}/auth/sign-in", body, headers={"X-Forwarded-For": plant.address()}))
    plant.token(answer["access_token"])
    plant.token(answer["refresh_token"])


def backup(world: World, into: Path) -> Iterator[bytes]:
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


def places(world: World, since: float) -> Iterator[Path]:
    """The data directory with its write-ahead log and objects, PostgreSQL's files and log, and what is temporary."""
    yield from _below(Path(world.runtime.settings.data_dir))
    for folder in (tempfile.gettempdir(), "/var/tmp", "/dev/shm"):  # noqa: S108 — searched, not used
        yield from (file for file in _below(Path(folder)) if _changed(file) >= since)
    yield from Path("/proc/self/fd").glob("*")
    if world.database is not None:
        with psycopg.connect(world.database.admin_url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute("SHOW data_directory").fetchone()
        data = Path(str(row[0] if row else ""))
        yield from (*_below(data), data.parent / "log")


def _below(folder: Path) -> Iterator[Path]:
    """Every file; what others remove meanwhile is no error."""
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(OTHERS)]
        yield from (Path(at) / name for name in names)


def _changed(file: Path) -> float:
    try:
        return file.lstat().st_mtime
    except OSError:
        return 0.0


def contents(world: World, into: Path, since: float) -> Iterator[bytes]:
    yield from backup(world, into)
    for file in places(world, since):
        with suppress(OSError):
            if file.is_file():
                yield file.read_bytes()


def searched(world: World, plant: Plant, into: Path, since: float, known: UUID) -> tuple[set[bytes], int]:
    """What of the plant lies anywhere, and in how many places an id does that is no secret."""
    hits, controls, forms = set[bytes](), 0, (str(known).encode(), known.bytes, known.hex.encode())
    for content in contents(world, into, since):
        hits |= plant.found(content)
        controls += any(form in content for form in forms)
    return hits, controls


async def test_a_thousand_planted_values_lie_nowhere(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plant, school, since = Plant(), await founded(world), time.time()
    while not plant.is_enough:
        await a_life(school, plant)
        await a_stranger(world, school, plant)
        await a_sign_in(world, plant)
    logged = capsys.readouterr()
    hits = plant.found((logged.out + logged.err).encode())
    assert "/api/v1/intakes/informant-search" in logged.out + logged.err
    lying, controls = await asyncio.to_thread(searched, world, plant, tmp_path / "copy.db", since, school.id)
    assert hits | lying == set()
    assert controls >= 2, "the search finds what does lie there: in the files and in the backup"


async def test_the_search_would_find_a_word_wherever_it_leaked(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plant, since = Plant(), time.time()
    leaks = {name: Plant(run=plant.run)._word(number) for number, name in enumerate(("log", "file", "data", "server"))}
    structlog.get_logger().info("control", word=leaks["log"])
    logged = capsys.readouterr()
    with tempfile.TemporaryDirectory() as folder:
        deep = Path(folder) / "a" / "b"
        deep.mkdir(parents=True)
        (deep / "spooled").write_text(leaks["file"])
        left = Path(world.runtime.settings.data_dir) / "objects" / "left"
        left.write_text(f"{leaks['data']} {plant.phone()[4:]}")
        if world.database is not None:
            with psycopg.connect(world.database.admin_url, autocommit=True) as connection:
                connection.execute(f"DO $$ BEGIN RAISE LOG '{leaks['server']}'; END $$".encode())
        found, _ = await asyncio.to_thread(searched, world, plant, tmp_path / "copy.db", since, uuid4())
        left.unlink()
    found |= plant.found((logged.out + logged.err).encode())
    wanted = {word for name, word in leaks.items() if name != "server" or world.database is not None}
    assert {each.decode() for each in found} == wanted | {number[3:] for number in plant.phones}
