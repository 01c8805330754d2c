"""The audit log: every tampering is found, in the log itself and in an export of it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from app import cli
from app.core.time import today
from app.models.audit import AuditEntry
from app.models.base import Base
from app.security.access.scope import ALL
from app.security.audit import file as audit_file
from app.security.audit.chain import Signer
from app.security.audit.verifier import Checkpoint
from app.services.audit import AuditService
from tests.audit.tamperings import CHANGES, TABLES, TAMPERINGS, delete_a_subject, tampered
from tests.conftest import ENGINES
from tests.engines.postgres import Postgres
from tests.factories.accounts import sign_in
from tests.factories.audit import find_audit_damages, seal_audit_log
from tests.factories.cases import set_severity
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.intakes import create_public_intake
from tests.world import World, open_world

ACTS = 15


@pytest_asyncio.fixture(params=ENGINES)
async def own_world(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    server: Postgres | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
    async with open_world(tmp_path, server) as opened:
        yield opened


def test_every_column_of_the_log_is_tampered_with() -> None:
    assert set(CHANGES) == {f"{table}.{c.name}" for table in TABLES for c in Base.metadata.tables[table].columns}


async def logged(world: World) -> Checkpoint:
    """A log of four blocks, of acts with and without a unit, upon cases and upon none; its checkpoint."""
    school = await world.client("a1.head")
    for number in range(4):
        incident_id = (await school.create_intake())["incident_id"]
        ok(await set_severity(school, incident_id, "low"), 201)
        await create_public_intake(world, narrative="Chuyện bịa", unit_id=str(world.units["school_a1"]))
        assert_problem(await sign_in(world, f"khong.co.{number}"), 401, "bad_credentials")
        await seal_audit_log(world)
    async with world.runtime.work(ALL) as work:
        return await AuditService(work).checkpoint(Signer(world.runtime.settings.keys_dir))


async def test_every_class_of_tampering_is_found_every_time(own_world: World) -> None:
    point = await logged(own_world)
    assert await find_audit_damages(own_world, [point]) == []
    found = dict.fromkeys(TAMPERINGS, 0)
    for name, act in TAMPERINGS.items():
        for number in range(ACTS):
            for _ in tampered(own_world, act, number):
                found[name] += bool(await find_audit_damages(own_world, [point]))
    assert found == dict.fromkeys(TAMPERINGS, ACTS)
    assert await find_audit_damages(own_world, [point]) == []


async def exported(world: World) -> list[bytes]:
    async with world.runtime.work(ALL, write=False) as work:
        return [line.encode() async for line in AuditService(work).export()]


async def test_an_export_shows_what_the_log_itself_shows(own_world: World) -> None:
    point = await logged(own_world)
    public = Signer(own_world.runtime.settings.keys_dir).public
    assert list(audit_file.damages(await exported(own_world), public, [point])) == []
    for name, act in TAMPERINGS.items():
        for _ in tampered(own_world, act, 7):
            shown = await find_audit_damages(own_world, [point])
            assert list(audit_file.damages(await exported(own_world), public, [point])) == shown != [], name


def drop(lines: list[bytes], kind: bytes) -> list[bytes]:
    """Without the last line of a kind."""
    at = max(at for at, line in enumerate(lines) if line.startswith(b'{"%s"' % kind))
    return lines[:at] + lines[at + 1 :]


GARBLED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "nothing": lambda _: [],
    "another file": lambda _: [b'{"hello":"world"}\n'],
    "no head": lambda lines: lines[1:],
    "an entry less": lambda lines: drop(lines, b"entry"),
    "a block less": lambda lines: drop(lines, b"block"),
    "an entry twice": lambda lines: [*lines, lines[-1]],
    "the units less": lambda lines: [line for line in lines if not line.startswith(b'{"path"')],
    "blocks in another order": lambda lines: [lines[0], *sorted(lines[1:], reverse=True)],
    "half a line": lambda lines: [*lines[:-1], lines[-1][:100]],
    "a number for a body": lambda lines: [*lines[:-1], b'{"entry":{"body":1}}\n'],
    "no text": lambda lines: [*lines, b"\xff\xfe\n"],
    "deep nonsense": lambda lines: [*lines, b"[" * 100_000],
    "another word": lambda lines: [line.replace(b"create_intake", b"create_nothing") for line in lines],
}


async def test_an_export_is_verified_by_the_command_without_a_database(
    own_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = await logged(own_world)
    settings = own_world.runtime.settings
    monkeypatch.setattr(cli, "Settings", lambda: settings)
    file, again, points = tmp_path / "log.jsonl", tmp_path / "again.jsonl", tmp_path / "checkpoints"
    points.write_text(f"{json.dumps(asdict(point))}\n")
    for target in (file, again):
        assert (await athd("audit", "export", str(target))).exit_code == 0
    assert file.read_bytes() == again.read_bytes()
    assert file.stat().st_mode & 0o077 == 0

    def none() -> None:
        raise AssertionError("no settings are needed")

    monkeypatch.setattr(cli, "Settings", none)
    key = Signer(settings.keys_dir).public
    verify = ("audit", "verify", "--file", str(again), "--key", key, "--checkpoints", str(points))
    whole = await athd(*verify)
    assert (whole.exit_code, whole.stdout) == (0, "the audit log is whole\n")
    assert (await athd("audit", "verify", "--file", str(again))).exit_code == 2
    key_file = tmp_path / "audit.pub"
    key_file.write_text(f"{key}\n")
    assert (await athd("audit", "verify", "--file", str(again), "--key", str(key_file))).exit_code == 0
    assert (await athd("audit", "verify", "--file", str(again), "--key", "khong-phai-khoa")).exit_code == 2
    assert (await athd("audit", "verify", "--file", str(again), "--key", "00" * 32)).exit_code == 1
    for name, garble in GARBLED.items():
        again.write_bytes(b"".join(garble(file.read_bytes().splitlines(keepends=True))))
        result = await athd(*verify)
        assert (result.exit_code, result.stdout.split()[-1]) == (1, "damages"), (name, result.output)
        assert result.stderr.strip(), name


async def athd(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli.cli, list(arguments))


async def test_the_command_verifies_the_live_log(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await logged(own_world)
    settings = own_world.runtime.settings
    monkeypatch.setattr(cli, "Settings", lambda: settings)
    assert (await athd("audit", "verify")).exit_code == 0
    for _ in tampered(own_world, delete_a_subject, 3):
        result = await athd("audit", "verify")
    assert (result.exit_code, result.stdout) == (1, "1 damages\n")
    assert result.stderr.endswith("was changed\n")


async def test_a_log_is_whole_where_units_moved_since(own_world: World) -> None:
    school = await own_world.client("a1.head")
    await school.create_intake()
    await create_public_intake(own_world, narrative="Chuyện bịa", unit_id=str(own_world.units["school_a1"]))
    await seal_audit_log(own_world)
    head, path = await own_world.client("so.head"), f"{API}/units/{own_world.units['school_a1']}"
    moved = {
        "parent_id": str(own_world.units["bureau_b"]),
        "effective_on": (today() - timedelta(days=1)).isoformat(),
        "decision_number": "77/QĐ-MẪU",
    }
    ok(await head.post(f"{path}/moves", moved, headers={"If-Match": await read_etag(head, path)}), 201)
    await seal_audit_log(own_world)
    async with own_world.runtime.work(ALL, write=False) as work:
        mine = select(AuditEntry.body, AuditEntry.org_path).where(AuditEntry.actor_id == school.user_id)
        rows = (await work.session.execute(mine)).all()
    assert all(json.loads(body)["path"] != now for body, now in rows)
    assert await find_audit_damages(own_world) == []


async def test_two_sealers_at_once_seal_each_entry_once(own_world: World) -> None:
    school = await own_world.client("a1.head")
    for _ in range(20):
        await school.create_intake()
    await asyncio.gather(*(seal_audit_log(own_world) for _ in range(4)), return_exceptions=True)
    await seal_audit_log(own_world)
    assert await find_audit_damages(own_world) == []
    async with own_world.runtime.work(ALL, write=False) as work:
        left = select(func.count()).select_from(AuditEntry).where(AuditEntry.block.is_(None))
        assert await work.session.scalar(left) == 0
