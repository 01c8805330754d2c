"""The product as a contestant, with everything on: token, scope, validation, encryption, audit, outbox, idempotency.

One function for each thing that the product decides: its settings, its commands, its accounts, its addresses.
"""

import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from app.demo.province import PASSWORD
from app.security.access.policies import APP_ROLE
from benchmarks.contestants import PROJECT, asyncpg_url, launch
from benchmarks.load import Job, Message
from benchmarks.naive_table import DESCRIPTION, SUMMARY
from tests.engines.postgres import create_role

API: Final = "/api/v1"
ACCOUNT: Final = "th.829.01.hieutruong"


@dataclass(slots=True)
class Product:
    name: str = "product"
    token: str = ""

    def start(self, pg_url: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
        environment = settings(create_owner(pg_url), create_application(pg_url), folder, port)
        _athd(environment, "demo")
        return launch(["app.cli", "serve", "--port", str(port)], environment, folder)

    def sign_in(self, port: int) -> None:
        self.token = access_token(port)

    def insert(self, port: int) -> Job:
        return Job(port, "POST", f"{API}/intakes", 201, self._bearer, make=new_intake)

    def page(self, port: int) -> Job:
        return Job(port, "GET", f"{API}/incidents?limit=50", 200, self._bearer)

    @property
    def _bearer(self) -> tuple[tuple[str, str], ...]:
        return (("Authorization", f"Bearer {self.token}"),)


def create_owner(pg_url: str) -> str:
    """The address of a role that owns the database, for migrations, and is no superuser."""
    owner_url = create_role(pg_url, "owner")
    role, database = urlsplit(owner_url).username or "", urlsplit(pg_url).path.lstrip("/")
    change = sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database), sql.Identifier(role))
    with psycopg.connect(pg_url) as connection:
        connection.execute(change)
        connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(role)))
    return owner_url


def create_application(pg_url: str) -> str:
    """The address of a role that is a member of the application's group role, and so under row-level security."""
    application_url = create_role(pg_url, "app")
    group, role = sql.Identifier(APP_ROLE), sql.Identifier(urlsplit(application_url).username or "")
    with psycopg.connect(pg_url) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(group))
        connection.execute(sql.SQL("GRANT {} TO {}").format(group, role))
    return application_url


def settings(owner_url: str, application_url: str, folder: Path, port: int) -> dict[str, str]:
    """What differs from the defaults: where things are, and limits that one address may not run into here."""
    return {
        "ATHD_ENVIRONMENT": "demo",
        "ATHD_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ATHD_DATA_DIR": str(folder / "data"),
        "ATHD_SECRETS_DIR": str(folder / "secrets"),
        "ATHD_DATABASE_URL": asyncpg_url(application_url),
        "ATHD_OWNER_DATABASE_URL": asyncpg_url(owner_url),
        "ATHD_DATABASE_POOL_SIZE": "16",
        "ATHD_RATE_LIMIT_PER_MINUTE": "10000000",
        "ATHD_PUBLIC_RATE_LIMIT_PER_MINUTE": "10000000",
        "ATHD_REPORT_RATE_LIMIT_PER_MINUTE": "10000000",
        "ATHD_SIGN_IN_RATE_LIMIT_PER_MINUTE": "10000000",
        "ATHD_LOG_LEVEL": "WARNING",
    }


def access_token(port: int) -> str:
    body = {"username": ACCOUNT, "password": PASSWORD}
    return str(_post(port, f"{API}/auth/sign-in", body)["access_token"])


def new_intake(number: int) -> Message:
    """The same words as the baselines' incident; a fresh Idempotency-Key each."""
    intake = {
        "source_channel": "school_staff",
        "group": "school_violence",
        "forms": ["physical_violence"],
        "occurred_on": f"2026-03-{number % 28 + 1:02d}",
        "place": "Hành lang phía sau nhà đa năng",
        "narrative": SUMMARY + "\n" + DESCRIPTION,
        "children": [{"sex": "female", "estimated_age": 12}],
    }
    return Message(json.dumps(intake, ensure_ascii=False).encode(), (("Idempotency-Key", str(uuid4())),))


def migrate(owner_url: str, application_url: str, folder: Path) -> dict[str, str]:
    """The schema at head; the settings that it was made with."""
    environment = settings(owner_url, application_url, folder, port=0)
    _athd(environment, "migrate")
    return environment


def _athd(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments], cwd=PROJECT, env={**os.environ, **environment}, check=True
    )


def _post(port: int, path: str, body: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (this machine's own address)
        document: dict[str, Any] = json.load(answer)
    return document
