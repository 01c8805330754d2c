"""Migrations by alembic, which nothing else loads."""

from alembic import command
from alembic.config import Config

from app.services.setup.start import MIGRATIONS


def migrate(url: str, revision: str = "head") -> None:
    command.upgrade(alembic_config(url), revision)


def alembic_config(url: str | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    if url is not None:
        config.attributes["url"] = url
    return config
