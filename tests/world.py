"""The application on one engine, and clients that speak real HTTP to it."""

import asyncio
import atexit
import json
import shutil
import tempfile
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import event, select

from app.core.database import Waits
from app.core.ids import new_id
from app.core.settings import Settings
from app.core.time import utc_now
from app.main import create_app
from app.models.accounts import SignIn, SubjectKind, User
from app.security.access.scope import ALL
from app.services.accounts.authenticator import Authenticator
from app.services.platform.unit_of_work import Runtime
from app.services.setup.migrating import migrate
from app.services.setup.start import open_runtime
from tests.contract import observed
from tests.engines.databases import Database, copy_database, create_database
from tests.engines.postgres import Postgres
from tests.province import build_province


# Each run of a coroutine has its arguments written out, by the standard library's handling of signals.
@dataclass(repr=False)
class Client:
    """A signed-in user; answers are httpx responses."""

    http: httpx.AsyncClient
    world: "World"
    headers: dict[str, str]
    user_id: UUID | None = None

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("GET", path, **more)

    async def post(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        return await self.call("POST", path, json=body, **more)

    async def patch(self, path: str, body: object, etag: str) -> httpx.Response:
        headers = {"If-Match": etag, "Content-Type": "application/merge-patch+json"}
        return await self.call("PATCH", path, json=body, headers=headers)

    async def delete(self, path: str, etag: str | None = None) -> httpx.Response:
        return await self.call("DELETE", path, headers={"If-Match": etag} if etag else {})

    async def create_intake(self, **fields: Any) -> dict[str, Any]:
        """Create an intake, with its incident, as this client."""
        body = {"source_channel": "in_person", "group": "school_violence", "narrative": "Chuyện bịa để thử"}
        response = await self.post("/api/v1/intakes", {**body, **fields})
        assert response.status_code == 201, response.text
        taken: dict[str, Any] = response.json()
        return taken

    async def incident(self, incident_id: str) -> httpx.Response:
        return await self.get(f"/api/v1/incidents/{incident_id}")


@dataclass(repr=False)
class World:
    engine: str
    app: FastAPI
    runtime: Runtime
    units: dict[str, UUID]
    database: Database | None
    http: httpx.AsyncClient
    clients: dict[str, Client] = field(default_factory=dict)

    @property
    def anonymous(self) -> Client:
        return Client(self.http, self, {})

    async def client(self, username: str) -> Client:
        """`username` with a live session, made without the slow password check (sign-in has its own tests)."""
        if username not in self.clients:
            self.clients[username] = await self.fresh_client(username)
        # One world serves a whole run, which outlasts a token.
        self.renew(self.clients[username])
        return self.clients[username]

    def cached_authenticator(self) -> Authenticator:
        """As in production: a session is looked up again after 0.9 s."""
        cautious = self.runtime.settings.model_copy(update={"revocation_cache_s": 0.9})
        return Authenticator(replace(self.runtime, settings=cautious))

    async def fresh_client(self, username: str) -> Client:
        async with self.runtime.work(ALL) as work:
            user = await work.session.scalar(select(User).where(User.username == username))
            assert user is not None, username
            return await self._signed_in(work, user.id, user.epoch, SubjectKind.USER)

    def renew(self, client: Client, now: datetime | None = None) -> None:
        """Renew the token of the session: tests may outlast its fifteen minutes, or move the clock."""
        _, payload, _ = client.headers["Authorization"].removeprefix("Bearer ").split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=="))
        token = self.runtime.tokens.mint(
            subject=UUID(claims["sub"]),
            client_id=claims["client_id"],
            session_id=UUID(claims["sid"]),
            epoch=claims["ver"],
            now=now or utc_now(),
            scope=tuple(claims.get("scope", "").split()),
        )
        client.headers["Authorization"] = f"Bearer {token}"

    async def _signed_in(self, work: Any, subject: UUID, epoch: int, kind: SubjectKind) -> Client:
        sign_in = SignIn(
            id=new_id(),
            subject_id=subject,
            subject_kind=kind,
            created_at=work.now,
            last_used_at=work.now,
            expires_at=work.now + timedelta(days=365),
        )
        work.session.add(sign_in)
        await work.commit()
        token = self.runtime.tokens.mint(
            subject=subject, client_id="first-party", session_id=sign_in.id, epoch=epoch, now=work.now
        )
        return Client(self.http, self, {"Authorization": f"Bearer {token}"}, subject)


def settings_for(directory: Path, database: Database | None) -> Settings:
    return Settings(
        environment="test",
        data_dir=directory / "data",
        worker=False,
        secrets_dir=directory / "secrets",
        database_url=SecretStr(database.application_url) if database else None,
        owner_database_url=SecretStr(database.owner_url) if database else None,
        argon2_memory_kib=64,
        revocation_cache_s=0,
        rate_limit_per_minute=10_000_000,
        public_rate_limit_per_minute=10_000_000,
        report_rate_limit_per_minute=10_000_000,
        sign_in_rate_limit_per_minute=10_000_000,
        intake_calm_per_hour=1_000_000,
        proof_of_work_cost=1_000,
        webhook_internal_hosts=("127.0.0.1",),
    )


@asynccontextmanager
async def open_world(
    directory: Path, place: Postgres | Database | None, waits: Waits | None = None
) -> AsyncIterator[World]:
    """A migrated installation with the invented province, served in process.

    On SQLite and on a server it is a copy, in a database of its own; in the database of a test it is founded.
    """
    database = await _database(place) if isinstance(place, Postgres) else place
    settings = settings_for(directory, database)
    if waits is not None:
        settings = settings.model_copy(update={f"database_{name}": wait for name, wait in asdict(waits).items()})
    units = await (_founded(settings) if isinstance(place, Database) else _copied(settings, place))
    app = create_app(settings)
    if database is None:
        for engine in (app.state.runtime.engine, app.state.runtime.reader):
            event.listen(engine.sync_engine, "connect", _trust_the_disk)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url=settings.origin, timeout=60, event_hooks={"response": [observed]}
        ) as http,
    ):
        engine = "postgresql" if database else "sqlite"
        yield World(engine, app, app.state.runtime, units, database, http)


def _trust_the_disk(connection: Any, _: object) -> None:
    """Wait for no disk, as the PostgreSQL of the tests does: no machine fails here, in `tests/faults` they do."""
    connection.execute("PRAGMA synchronous=OFF")


class Original(NamedTuple):
    settings: Settings
    database: Database | None
    units: dict[str, UUID]


# Those of this process, or of the process that this one was forked from: by their server, None for SQLite.
ORIGINALS: dict[str | None, Original] = {}


async def original(server: Postgres | None) -> Original:
    """An installation that is never served, and is copied for each world."""
    key = server.base_url if server else None
    if key not in ORIGINALS:
        directory = Path(tempfile.mkdtemp(prefix="athd-world-"))
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
        database = create_database(server, "original") if server else None
        settings = settings_for(directory, database)
        ORIGINALS[key] = Original(settings, database, await _founded(settings))
    return ORIGINALS[key]


async def _database(server: Postgres) -> Database:
    database = (await original(server)).database
    assert database is not None
    return copy_database(server, database, "world")


async def _copied(settings: Settings, server: Postgres | None) -> dict[str, UUID]:
    made = await original(server)
    for name in ("data_dir", "keys_dir"):
        shutil.copytree(getattr(made.settings, name), getattr(settings, name))
    return dict(made.units)


async def _founded(settings: Settings) -> dict[str, UUID]:
    settings.data_dir.mkdir(parents=True)
    await asyncio.to_thread(migrate, settings.owner_url)
    founding = open_runtime(settings.as_owner())
    async with founding.work(ALL) as work:
        units = {key: unit.id for key, unit in (await build_province(work)).items()}
        await work.commit()
    await founding.close()
    return units
