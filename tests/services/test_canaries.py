"""Whatever says who somebody is lies in no file, table, log or backup. All of it invented."""

import asyncio
import io
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from PIL import Image

from tests.province import PASSWORD
from tests.services.acts import API, Place, founded, judge, ok, refer, step
from tests.services.files import attached, linked
from tests.services.test_cases import ASSESSMENT, CLOSURE, PLAN, REVIEW, act, decide
from tests.world import World

PLANTED = 1000
EACH = 50
WORD = re.compile(rb"zqbia[0-9]{5}zq")
ADDRESS = re.compile(rb"2001:db8:b1a:[0-9a-f]+")


@dataclass
class Plant:
    """Words and addresses that occur nowhere else, and the tokens that were given out or sent along."""

    words: int = 0
    addresses: int = 0
    exif: int = 0
    tokens: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return self.words + self.addresses + self.exif + len(self.tokens)

    def __call__(self) -> str:
        self.words += 1
        return f"zqbia{self.words:05d}zq"

    def address(self) -> str:
        self.addresses += 1
        return f"2001:db8:b1a:{self.addresses:x}"

    def token(self, value: str) -> str:
        self.tokens.add(value)
        return value

    def photo(self) -> bytes:
        """A picture whose metadata tells the maker, the place, a comment and what follows the last byte."""
        exif, out, marks = Image.Exif(), io.BytesIO(), [f"zqbia{90000 + self.exif + n:05d}zq" for n in range(4)]
        exif[0x010F], exif.get_ifd(0x8825)[29] = marks[0], marks[1]
        Image.new("RGB", (32, 24), "white").save(out, "JPEG", exif=exif.tobytes(), comment=marks[2].encode())
        self.exif += len(marks)
        return out.getvalue() + marks[3].encode()


async def a_life(school: Place, plant: Plant) -> None:
    """One incident from its intake to its end: each free text, metadata and token of it is planted."""
    taken = await school.head.take_in(
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
        informant={"consent": True, "name": plant(), "address": plant(), "relation": plant()},
    )
    incident_id = taken["incident_id"]
    path = f"{API}/incidents/{incident_id}"
    ok(await judge(school.head, incident_id, "moderate"), 201)
    referral = await refer(school.head, incident_id, contact_person=plant(), reference_given=plant(), request=plant())
    ok(await step(school.head, f"{API}/referrals/{referral['id']}", "acknowledge", person=plant()))
    ok(await school.head.post(f"{path}/persons", {"role": "witness", "name": plant(), "description": plant()}), 201)
    ok(await school.head.post(f"{API}/intakes/{taken['id']}/informant", {"reason": plant()}))
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
    plant.token(url.partition("token=")[2])
    ok(await step(school.head, path, "dismiss", reason=plant()))


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
    form = {"unit_id": str(school.id), "narrative": plant(), "school_name": plant()}
    receipt = plant.token(ok(await world.stranger.post(f"{API}/public/intakes", form, headers=headers), 201)["receipt"])
    message = {"receipt": receipt, "text": plant()}
    ok(await world.stranger.post(f"{API}/public/receipts/messages", message, headers=headers), 201)


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


def places(world: World) -> Iterator[Path]:
    """The data directory with its write-ahead log and objects, PostgreSQL's own files, and what is temporary."""
    yield from Path(world.runtime.settings.data_dir).rglob("*")
    for folder in (tempfile.gettempdir(), "/var/tmp", "/dev/shm", "/proc/self/fd"):  # noqa: S108 — searched, not used
        yield from Path(folder).glob("*")
    if world.database is not None:
        with psycopg.connect(world.database.admin_url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute("SHOW data_directory").fetchone()
        yield from Path(str(row[0] if row else "")).rglob("*")


def contents(world: World, into: Path) -> Iterator[bytes]:
    yield from backup(world, into)
    for file in places(world):
        with suppress(OSError):
            if file.is_file():
                yield file.read_bytes()


def found(plant: Plant, content: bytes) -> set[bytes]:
    return {
        *WORD.findall(content),
        *ADDRESS.findall(content),
        *(token.encode() for token in plant.tokens if token.encode() in content),
    }


async def test_a_thousand_planted_values_lie_nowhere(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plant, school = Plant(), await founded(world)
    while plant.count < PLANTED:
        await a_life(school, plant)
        await a_stranger(world, school, plant)
        await a_sign_in(world, plant)
    logged = capsys.readouterr()
    hits, controls = found(plant, (logged.out + logged.err).encode()), 0
    for content in await asyncio.to_thread(lambda: list(contents(world, tmp_path / "copy.db"))):
        hits |= found(plant, content)
        controls += any(
            shape in content for shape in (str(school.id).encode(), school.id.bytes, school.id.hex.encode())
        )
    assert hits == set()
    assert controls >= 2, "the search finds what does lie there: in the files and in the backup"
    assert min(plant.words, plant.addresses, plant.exif, len(plant.tokens)) >= EACH
