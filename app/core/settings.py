"""Settings from the environment (`ATHD_*`) or the files it names; dangerous settings prevent the start."""

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.database import WAITS, Waits

KIB = 1024
MIB = 1024 * KIB
OWASP_ARGON2_FLOOR_KIB = 19 * KIB
MIN_TOKEN_LENGTH = 16
SENDER = re.compile(r"[!-?A-~]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
PREFIX = "ATHD_"
# Variables of the same prefix that are no settings of the product: of its tests, of compose.yaml and deploy/, and of
# `athd upload`.
ELSEWHERE = frozenset(
    {
        *("ATHD_FAMILIES", "ATHD_FAULTS", "ATHD_FAULTS_REQUIRED", "ATHD_SHARE", "ATHD_TEST_POSTGRES_URL"),
        *("ATHD_COMMIT", "ATHD_TAG"),
        *("ATHD_BACKUP_PASSWORD_FILE", "ATHD_OWNER_PASSWORD_FILE", "ATHD_SERVICE_PASSWORD_FILE"),
        *("ATHD_API", "ATHD_API_TOKEN", "ATHD_API_CLIENT_ID"),
        *("ATHD_API_CLIENT_SECRET", "ATHD_API_CLIENT_SECRET_FILE"),
    }
)


class Settings(BaseSettings):
    """Everything an operator may set. Names include the unit."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=None, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    environment: Literal["production", "demo", "test"] = "production"
    public_url: str = "http://127.0.0.1:8000"
    data_dir: Path = Path("var")
    secrets_dir: Path | None = Field(None, description="Signing keys and secrets; separate from data and backups")
    shred_ledger_dir: Path | None = Field(
        None, description="The ledger of destroyed keys; separate from the database backups, never restored"
    )
    database_url: SecretStr | None = Field(
        None, description="The application role's address; SQLite in data_dir if unset"
    )
    database_password_file: Path | None = None
    owner_database_url: SecretStr | None = Field(None, description="The owner's address, for migrations only")
    owner_database_password_file: Path | None = None
    database_pool_size: int = Field(10, ge=1, le=200)
    database_lock_s: float = Field(
        WAITS.lock_s, gt=0, le=60, description="Wait for another transaction's lock: longer than a slow commit"
    )
    database_statement_s: float = Field(
        WAITS.statement_s, gt=0, le=120, description="Longest statement, its wait for a lock included (PostgreSQL)"
    )
    database_connection_s: float = Field(
        WAITS.connection_s, gt=0, le=120, description="Wait for a connection; on SQLite the queue of its writers"
    )

    access_token_s: int = Field(900, ge=60, le=900)
    refresh_idle_days: int = Field(14, ge=1, le=30)
    refresh_absolute_days: int = Field(90, ge=1, le=180)
    argon2_memory_kib: int = Field(64 * KIB, ge=8)
    revocation_cache_s: float = Field(0.9, ge=0, le=1.0)

    body_limit_bytes: int = Field(256 * KIB, ge=4 * KIB, le=16 * KIB * KIB)
    body_timeout_s: float = Field(20.0, gt=0, le=120)
    attachment_limit_bytes: int = Field(512 * MIB, ge=MIB, le=4096 * MIB)
    attachment_window_bytes: int = Field(
        32 * MIB, ge=MIB, le=128 * MIB, description="Largest file that is loaded into memory for a complete check"
    )
    attachment_timeout_s: float = Field(1800.0, gt=0, le=3600)
    attachments_at_once: int = Field(
        8, ge=1, le=100, description="Files checked and stored at a time; bounds the memory of those that arrive"
    )
    attachments_at_once_per_account: int = Field(3, ge=1, le=100, description="Files of one account that arrive")
    attachments_per_incident: int = Field(100, ge=1, le=1000)
    attachments_per_incident_bytes: int = Field(4096 * MIB, ge=MIB)
    acting_signer_longest_days: int = Field(
        366, ge=1, le=3660, description="The longest absence for which somebody is named to sign reports"
    )
    files_per_report: int = Field(100, ge=1, le=1000)
    files_per_report_bytes: int = Field(1024 * MIB, ge=MIB)
    files_per_commitment_class: int = Field(20, ge=1, le=1000)
    files_per_commitment_class_bytes: int = Field(200 * MIB, ge=MIB)
    commitment_page_url: str | None = Field(
        None, description="The page that the QR codes of slips open, with the code as fragment; public_url if unset"
    )
    commitment_slip_days: int = Field(
        14, ge=1, le=365, description="A slip is valid until the end of its campaign, and at least for so many days"
    )
    upload_limit_bytes: int = Field(512 * MIB, ge=MIB, le=4096 * MIB, description="Largest file of rows")
    upload_rows: int = Field(2_000_000, ge=1000, description="Most rows of one upload")
    upload_file_days: int = Field(30, ge=1, le=365, description="How long the file of an ended upload is kept")
    upload_revert_days: int = Field(30, ge=1, le=365, description="How long an applied upload can be taken back")
    activation_days: int = Field(14, ge=1, le=90, description="How long a printed code activates an account")
    upload_known_share: float = Field(
        0.7, ge=0, le=1, description="An upload of learners waits for a person where fewer are known at the unit"
    )
    upload_moved_share: float = Field(
        0.2, ge=0, le=1, description="It waits where more of the unit's learners would leave or change class"
    )
    transfer_days: int = Field(
        30, ge=1, le=365, description="How long a learner who came from another school waits for a confirmation"
    )
    export_rows: int = Field(20_000, ge=100, le=200_000, description="Most rows of one export")
    export_large_rows: int = Field(
        500, ge=1, description="The level above is notified of an export with as many rows, or more"
    )
    objects_bucket: str | None = Field(
        None, description="An S3 bucket for attachments; a directory in data_dir if unset"
    )
    objects_endpoint: str | None = Field(None, description="Its service's address, unless it is Amazon's")
    objects_region: str = "us-east-1"
    objects_access_key: str | None = None
    objects_secret_file: Path | None = None
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = Field(
        (), description="Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are trusted"
    )
    rate_limit_per_minute: int = Field(600, ge=1)
    public_rate_limit_per_minute: int = Field(60, ge=1, description="Requests for open data, from one address")
    report_rate_limit_per_minute: int = Field(
        60, ge=1, description="Reports from one address; as many requests of the dialogue, in a bucket of their own"
    )
    sign_in_rate_limit_per_minute: int = Field(
        60, ge=1, description="Sign-ins from one address; as many refreshes, in a bucket of their own"
    )
    intake_calm_per_hour: int = Field(20, ge=1, description="Above it the proof of work becomes harder")
    proof_of_work_cost: int = Field(
        20_000, ge=1_000, le=5_000_000, description="Hashes in the worst case, at normal load"
    )
    metrics_token: SecretStr | None = None
    webhook_internal_hosts: tuple[str, ...] = Field((), description="Internal hosts that webhooks may reach, by name")
    smtp_host: str | None = Field(None, description="No mail is sent if unset")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_tls: bool = Field(True, description="STARTTLS, with verification of the server certificate")  # noqa: FBT003
    smtp_username: str | None = None
    smtp_password_file: Path | None = None
    smtp_sender: str = Field("an-toan-hoc-duong@localhost", description="The sender address of mail")
    emergency_access_minutes: int = Field(240, ge=15, le=1440, description="How long an emergency access lasts")
    emergency_accesses_per_day: int = Field(3, ge=1, le=50, description="For each account")

    worker: bool = Field(True, description="Run a worker in the server process; false if `athd worker` runs separately")  # noqa: FBT003
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    build_commit: str = "unknown"

    @model_validator(mode="after")
    def _refuse_danger(self) -> Self:
        faults = [*_misspelt(), *(text for wrong, text in self._dangers() if wrong)]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _dangers(self) -> list[tuple[bool, str]]:
        live = self.environment == "production"
        url = urlsplit(self.public_url)
        return [
            (url.scheme not in {"http", "https"} or not url.hostname, "public_url must be an http(s) address"),
            (bool(url.query or url.fragment or url.path.strip("/")), "public_url must have no path, query or fragment"),
            (url.username is not None, "public_url must carry no credentials"),
            (live and _is_plain(url), "public_url must be https outside this machine"),
            (
                not _is_page(self.commitment_page_url),
                "commitment_page_url must be a bare http(s) address",
            ),
            (live and _is_plain(urlsplit(self.slip_page)), "commitment_page_url must be https outside this machine"),
            (not all(_is_network(p) for p in self.trusted_proxies), "trusted_proxies must be addresses or networks"),
            (not _is_sender(self.smtp_sender), "smtp_sender must be a mail address"),
            ("*" in self.cors_origins, "cors_origins must name origins, not *"),
            (not all(_is_origin(o) for o in self.cors_origins), "cors_origins must be origins"),
            (
                live and any(_is_plain(urlsplit(o)) for o in self.cors_origins),
                "cors_origins must be https in production",
            ),
            (
                live and self.objects_endpoint is not None and _is_plain(urlsplit(self.objects_endpoint)),
                "objects_endpoint must be https outside this machine",
            ),
            (
                self.objects_bucket is not None and not (self.objects_access_key and self.objects_secret_file),
                "objects_bucket needs objects_access_key and objects_secret_file",
            ),
            (live and self.argon2_memory_kib < OWASP_ARGON2_FLOOR_KIB, "argon2_memory_kib is below the safe floor"),
            (live and self.log_level == "DEBUG", "log_level DEBUG may not run in production"),
            (
                live
                and self.metrics_token is not None
                and len(self.metrics_token.get_secret_value()) < MIN_TOKEN_LENGTH,
                "metrics_token is short",
            ),
            (
                not self.database_lock_s <= self.database_statement_s <= self.database_connection_s,
                "database_lock_s exceeds database_statement_s, or that exceeds database_connection_s",
            ),
            (self.refresh_idle_days > self.refresh_absolute_days, "refresh_idle_days exceeds refresh_absolute_days"),
            (
                bool(self.database_url)
                and not self.engine_url.startswith(("postgresql+asyncpg://", "sqlite+aiosqlite://")),
                "database_url must be postgresql+asyncpg:// or sqlite+aiosqlite://",
            ),
            (
                self.owner_database_url is not None and self.is_postgres and self.owner_url == self.engine_url,
                "database_url must be the application role's, not the owner's (owner_database_url)",
            ),
            (
                live and self.secrets_dir is not None and self.secrets_dir.resolve() == self.data_dir.resolve(),
                "secrets_dir must lie apart from data_dir",
            ),
            (
                live
                and self.shred_ledger_dir is not None
                and self.shred_ledger_dir.resolve() in {self.data_dir.resolve(), self.keys_dir.resolve()},
                "shred_ledger_dir must lie in a directory of its own",
            ),
        ]

    @property
    def slip_page(self) -> str:
        return self.commitment_page_url or self.public_url

    @property
    def database_waits(self) -> Waits:
        return Waits(self.database_lock_s, self.database_statement_s, self.database_connection_s)

    @property
    def engine_url(self) -> str:
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.data_dir.resolve() / 'athd.db'}"
        return _with_password("database", self.database_url, self.database_password_file)

    @property
    def owner_url(self) -> str:
        """The address for migrations. SQLite has one file and one role."""
        if self.owner_database_url is None:
            return self.engine_url
        return _with_password("owner_database", self.owner_database_url, self.owner_database_password_file)

    def as_owner(self) -> "Settings":
        """The same installation with the table owner's address: for migrations and installation."""
        values = {"database_url": self.owner_database_url, "database_password_file": self.owner_database_password_file}
        return self.model_copy(update=values) if self.owner_database_url else self

    @property
    def is_postgres(self) -> bool:
        return self.engine_url.startswith("postgresql")

    @property
    def database_setting(self) -> str:
        """The variable that says which database is used."""
        if self.database_url is None:
            return "ATHD_DATA_DIR"
        return "ATHD_OWNER_DATABASE_URL" if self.database_url == self.owner_database_url else "ATHD_DATABASE_URL"

    @property
    def objects_secret(self) -> str:
        return self.objects_secret_file.read_text().strip() if self.objects_secret_file else ""

    @property
    def secret_files(self) -> dict[str, Path]:
        """Files of secrets that are read while it runs, by the variable that names them."""
        named = {
            "ATHD_OBJECTS_SECRET_FILE": self.objects_secret_file,
            "ATHD_SMTP_PASSWORD_FILE": self.smtp_password_file,
        }
        return {variable: file for variable, file in named.items() if file is not None}

    @property
    def keys_dir(self) -> Path:
        return self.secrets_dir or self.data_dir / "secrets"

    @property
    def ledger_dir(self) -> Path:
        return self.shred_ledger_dir or self.data_dir / "shred-ledger"

    @property
    def origin(self) -> str:
        return self.public_url.rstrip("/")


def _is_network(value: str) -> bool:
    try:
        return ip_network(value).prefixlen > 0
    except ValueError:
        return False


def _is_sender(text: str) -> bool:
    return text.isprintable() and bool(SENDER.fullmatch(parseaddr(text)[1]))


def _is_origin(text: str) -> bool:
    url = urlsplit(text)
    return url.scheme in {"http", "https"} and text == f"{url.scheme}://{url.netloc}" and bool(url.hostname)


def _is_page(text: str | None) -> bool:
    url = urlsplit(text or "https://unset")
    return url.scheme in {"http", "https"} and bool(url.hostname) and not (url.query or url.fragment or url.username)


def _is_plain(url: SplitResult) -> bool:
    """Unencrypted, to another machine."""
    return url.scheme != "https" and url.hostname not in {"127.0.0.1", "localhost", "::1"}


def _with_password(name: str, url: SecretStr, password_file: Path | None) -> str:
    """Raises ValueError for an address that is none, or a password file that cannot be read; quotes neither."""
    try:
        parsed = make_url(url.get_secret_value())
    except ArgumentError:
        raise ValueError(f"{name}_url is no address of a database") from None
    if password_file is not None:
        try:
            parsed = parsed.set(password=password_file.read_text("utf-8").strip())
        except OSError as error:
            raise ValueError(f"{name}_password_file cannot be read: {error.strerror}") from None
    return parsed.render_as_string(hide_password=False)


def _misspelt() -> Iterator[str]:
    """A misspelt name would leave its setting at the default, in silence."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | ELSEWHERE
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = get_close_matches(name.upper(), known, 1)
            yield f"{name} is no setting" + (f"; {close[0]} is one" if close else "")
