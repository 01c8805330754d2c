"""Settings: what is safe by default, and the dangerous ones that stop the start. All secrets here are invented."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy.exc import ArgumentError

from app.core.settings import ELSEWHERE, PREFIX, Settings

APPLICATION = "postgresql+asyncpg://athd_app:mat-khau-bia@db/athd"
SECRET = "mat-khau-bia"
ROOT = Path(__file__).parents[2]
USERS = (
    "Makefile",
    "compose.yaml",
    "Dockerfile",
    ".ci/*",
    "deploy/**/*",
    "docs/*.md",
    "app/client/*.py",
    "benchmarks/*.py",
    "tests/**/*.py",
)
BUCKET = {"OBJECTS_BUCKET": "tep", "OBJECTS_ACCESS_KEY": "khoa", "OBJECTS_SECRET_FILE": "/bi-mat/tep"}
DANGEROUS: list[dict[str, str]] = [
    {"ENVIRONMENT": "staging"},
    {"PUBLIC_URL": "http://athd.example"},
    {"PUBLIC_URL": "ftp://athd.example"},
    {"PUBLIC_URL": "athd.example"},
    {"PUBLIC_URL": "https://"},
    {"PUBLIC_URL": "https://athd.example/api"},
    {"PUBLIC_URL": "https://athd.example?a=1"},
    {"PUBLIC_URL": "https://athd.example#a"},
    {"PUBLIC_URL": f"https://ai:{SECRET}@athd.example"},
    {"CORS_ORIGINS": '["*"]'},
    {"CORS_ORIGINS": '["https://tot.example", "*"]'},
    {"CORS_ORIGINS": '["null"]'},
    {"CORS_ORIGINS": '["truong.example"]'},
    {"CORS_ORIGINS": '["https://"]'},
    {"CORS_ORIGINS": '["https://truong.example/trang"]'},
    {"CORS_ORIGINS": '["http://truong.example"]'},
    {"CORS_ORIGINS": '["http://localhost.truong.example"]'},
    {"TRUSTED_PROXIES": '["*"]'},
    {"TRUSTED_PROXIES": '["0.0.0.0/0"]'},
    {"TRUSTED_PROXIES": '["proxy.example"]'},
    {"ARGON2_MEMORY_KIB": "19455"},
    {"LOG_LEVEL": "DEBUG"},
    {"LOG_LEVEL": "loud"},
    {"METRICS_TOKEN": "ngan"},
    {"REFRESH_IDLE_DAYS": "20", "REFRESH_ABSOLUTE_DAYS": "10"},
    {"REFRESH_ABSOLUTE_DAYS": "181"},
    {"ACCESS_TOKEN_S": "901"},
    {"REVOCATION_CACHE_S": "1.1"},
    {"BODY_LIMIT_BYTES": "16777217"},
    {"RATE_LIMIT_PER_MINUTE": "0"},
    {"DATABASE_LOCK_S": "21"},
    {"DATABASE_STATEMENT_S": "26"},
    {"DATABASE_CONNECTION_S": "10"},
    {"PROOF_OF_WORK_COST": "999"},
    {"DATABASE_URL": f"postgresql://athd_app:{SECRET}@db/athd"},
    {"DATABASE_URL": f"mysql+aiomysql://athd_app:{SECRET}@db/athd"},
    {"DATABASE_URL": APPLICATION, "OWNER_DATABASE_URL": APPLICATION},
    {"SMTP_SENDER": "an-toan"},
    {"SMTP_SENDER": "a@b@mau.example"},
    {"SMTP_SENDER": "an-toan@mau.example\r\nBcc: y@mau.example"},
    {"OBJECTS_BUCKET": "tep"},
    {"OBJECTS_BUCKET": "tep", "OBJECTS_ACCESS_KEY": "khoa"},
    {"OBJECTS_BUCKET": "tep", "OBJECTS_SECRET_FILE": "/bi-mat/tep"},
    {**BUCKET, "OBJECTS_ENDPOINT": "http://s3.example"},
    {**BUCKET, "OBJECTS_ENDPOINT": "http://10.0.0.7:9000"},
    {**BUCKET, "OBJECTS_ENDPOINT": "http://localhost.s3.example"},
    {**BUCKET, "OBJECTS_ENDPOINT": "s3.example"},
    {"SECRETS_DIR": "du-lieu", "DATA_DIR": "du-lieu"},
    {"SECRETS_DIR": "du-lieu/../du-lieu", "DATA_DIR": "./du-lieu"},
]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("ATHD_"):
            monkeypatch.delenv(name)


def started(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"ATHD_{name}", value)
    return Settings()


@pytest.mark.parametrize("values", DANGEROUS, ids=lambda values: " ".join(f"{k}={v}" for k, v in values.items()))
def test_a_dangerous_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refusal:
        started(monkeypatch, values)
    assert SECRET not in str(refusal.value)


def test_an_address_that_is_none_stops_the_start_and_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((ValidationError, ArgumentError)) as refusal:
        started(monkeypatch, {"DATABASE_URL": f"{SECRET} là gì"})
    assert SECRET not in str(refusal.value)


def test_a_password_file_that_is_gone_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="database_password_file cannot be read: No such file"):
        started(monkeypatch, {"DATABASE_URL": APPLICATION, "DATABASE_PASSWORD_FILE": str(tmp_path / "khong-co")})


@pytest.mark.parametrize("name", ["ATHD_SMTP_HSOT", "ATHD_", "ATHD_X", "Athd_Smtp_Hsot"])
def test_a_name_that_is_no_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, SECRET)
    with pytest.raises(ValidationError, match=f"{name} is no setting") as refusal:
        Settings()
    assert SECRET not in str(refusal.value)


def test_the_names_of_tests_and_deployment_are_known_and_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used = set(re.findall(rf"\b{PREFIX}[A-Z0-9_]*[A-Z0-9]", "\n".join(map(text_of, USERS))))
    assert used - {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} == ELSEWHERE
    for name in ELSEWHERE:
        monkeypatch.setenv(name, "1")
    assert Settings().environment == "production"


def text_of(pattern: str) -> str:
    return "\n".join(
        file.read_text("utf-8") for file in ROOT.glob(pattern) if file != Path(__file__) and file.is_file()
    )


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match=r"LOG_LEVEL|log_level.*") as refusal:
        started(monkeypatch, {"LOG_LEVEL": "DEBUG", "ARGON2_MEMORY_KIB": "8", "CORS_ORIGINS": '["*"]'})
    for name in ("log_level", "argon2_memory_kib", "cors_origins"):
        assert name in str(refusal.value)


def test_settings_do_not_change_while_it_runs() -> None:
    with pytest.raises(ValidationError):
        Settings().environment = "demo"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(debug=True)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"PUBLIC_URL": "https://athd.example/"},
        {"PUBLIC_URL": "http://localhost:8000"},
        {"CORS_ORIGINS": '["https://truong.example", "http://localhost:3000", "http://127.0.0.1:3000"]'},
        {"ENVIRONMENT": "demo", "LOG_LEVEL": "DEBUG", "ARGON2_MEMORY_KIB": "64", "METRICS_TOKEN": "ngan"},
        {"ENVIRONMENT": "demo", "PUBLIC_URL": "http://athd.example", "CORS_ORIGINS": '["http://truong.example"]'},
        {"METRICS_TOKEN": "mot-ma-bia-du-dai"},
        {"SMTP_SENDER": "An Toàn Học Đường <an-toan@mau.example>"},
        {"DATABASE_URL": APPLICATION, "OWNER_DATABASE_URL": APPLICATION.replace("athd_app", "athd_owner")},
        {"DATABASE_URL": "sqlite+aiosqlite:////srv/athd.db"},
        {"SECRETS_DIR": "bi-mat", "DATA_DIR": "du-lieu"},
        BUCKET,
        {**BUCKET, "OBJECTS_ENDPOINT": "https://s3.example", "OBJECTS_REGION": "vn-1"},
        {**BUCKET, "OBJECTS_ENDPOINT": "http://127.0.0.1:9000"},
        {**BUCKET, "OBJECTS_ENDPOINT": "http://s3.example", "ENVIRONMENT": "demo"},
    ],
)
def test_a_safe_setting_starts(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    assert started(monkeypatch, values).origin.startswith("http")


def test_the_defaults_are_productions() -> None:
    settings = Settings()
    assert settings.environment == "production"
    assert settings.argon2_memory_kib >= 19 * 1024
    assert settings.revocation_cache_s <= 1
    assert settings.access_token_s <= 900
    assert settings.cors_origins == ()
    assert settings.metrics_token is None


def test_without_an_address_there_is_one_sqlite_file() -> None:
    settings = Settings(data_dir=Path("/srv/athd"))
    assert settings.engine_url == settings.owner_url == "sqlite+aiosqlite:////srv/athd/athd.db"
    assert not settings.is_postgres
    assert settings.as_owner() is settings
    assert settings.keys_dir == Path("/srv/athd/secrets")
    assert Settings(secrets_dir=Path("/srv/bi-mat")).keys_dir == Path("/srv/bi-mat")


def test_passwords_come_from_files_and_are_shown_nowhere(tmp_path: Path) -> None:
    files: dict[str, Any] = {}
    for name in ("database", "owner_database"):
        files[f"{name}_password_file"] = tmp_path / name
        (tmp_path / name).write_text(f"{name}-{SECRET}\n")
    settings = Settings(
        database_url=SecretStr("postgresql+asyncpg://athd_app@db/athd"),
        owner_database_url=SecretStr("postgresql+asyncpg://athd_owner@db/athd"),
        **files,
    )
    assert settings.is_postgres
    assert settings.engine_url == f"postgresql+asyncpg://athd_app:database-{SECRET}@db/athd"
    assert settings.owner_url == f"postgresql+asyncpg://athd_owner:owner_database-{SECRET}@db/athd"
    assert settings.as_owner().engine_url == settings.owner_url
    assert SECRET not in repr(settings) + str(settings)


def test_the_buckets_secret_comes_from_its_file_and_is_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "tep").write_text(f"{SECRET}\n")
    settings = Settings(objects_bucket="tep", objects_access_key="khoa", objects_secret_file=tmp_path / "tep")
    assert settings.objects_secret == SECRET
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()
