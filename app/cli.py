"""`athd`: what an operator types."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from alembic import command

from app.core.settings import Settings
from app.security.keys import KeyRing
from app.security.scope import ALL
from app.services.start import alembic_config, open_runtime
from app.services.work import Runtime, Work

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="An Toàn Học Đường")
keys = typer.Typer(no_args_is_help=True, help="Signing keys")
units = typer.Typer(no_args_is_help=True, help="Units")
attachments = typer.Typer(no_args_is_help=True, help="Attachments")
cli.add_typer(attachments, name="attachments")
cli.add_typer(keys, name="keys")
cli.add_typer(units, name="units")


MAINTENANCE_S = 3600.0


def _run(act: Callable[[Work], Awaitable[None]], settings: Settings) -> None:
    """One unit of work beyond any one scope, as the operator of the machine, who has time."""
    settings = settings.model_copy(update={"database_timeout_s": MAINTENANCE_S})

    async def whole() -> None:
        runtime: Runtime = open_runtime(settings)
        try:
            async with runtime.work(ALL) as work:
                await act(work)
                await work.commit()
        finally:
            await runtime.engine.dispose()

    asyncio.run(whole())


def _migrated(settings: Settings) -> None:
    from app.services.reference_data import load_reference_data

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    command.upgrade(alembic_config(settings.owner_url), "head")
    _run(load_reference_data, settings.as_owner())


@cli.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Serve the API."""
    import uvicorn

    from app.api.http_protocol import BoundedHeadProtocol
    from app.core.logging import set_up_logging

    settings = Settings()
    set_up_logging(settings.log_level)
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers if workers > 1 else None,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=15,
        limit_concurrency=1000,
        http=BoundedHeadProtocol,
        date_header=False,
    )


@cli.command()
def migrate() -> None:
    """Bring the schema, its policies and the reference data to this release."""
    _migrated(Settings())


@cli.command()
def demo(seed: int = 42) -> None:
    """Build the marked demonstration province, once."""
    from app.demo.province import DemoProvince

    settings = Settings()
    if settings.environment == "production":
        typer.echo("ATHD_ENVIRONMENT is production: no demonstration here", err=True)
        raise typer.Exit(2)
    _migrated(settings)
    _run(lambda work: DemoProvince(work, seed).build(), settings.as_owner())


@cli.command()
def found(
    name: Annotated[str, typer.Option(help="The department's Vietnamese name")],
    code: Annotated[str, typer.Option(help="Its code")],
    administrator: Annotated[str, typer.Option(help="Username of the first system administrator")],
) -> None:
    """Found a new installation: ministry, department and first administrator, whose password is printed once."""
    from app.services.founding import found_installation

    async def act(work: Work) -> None:
        typer.echo(f"{administrator}  {await found_installation(work, name, code, administrator)}")

    _run(act, Settings().as_owner())


@keys.command("rotate")
def rotate_keys(
    overlap_minutes: Annotated[int, typer.Option(min=20)] = 60,
    at_once: Annotated[bool, typer.Option(help="The present key is known to others: stop trusting it now")] = False,
) -> None:
    """Put the next signing key to work; the present one goes on verifying for the overlap."""
    KeyRing.open(Settings().keys_dir).rotate(timedelta(minutes=0 if at_once else overlap_minutes))


@units.command("settle")
def settle_units() -> None:
    """Let units whose move takes effect today follow their new superiors. Run it daily after midnight."""
    from app.services.units import UnitService

    async def act(work: Work) -> None:
        typer.echo(await UnitService(work).settle())

    _run(act, Settings())


@attachments.command("sweep")
def sweep_attachments() -> None:
    """Remove objects older than a day of which no row tells: uploads that broke off, files destroyed. Run it daily."""
    from app.services.attachments import AttachmentService

    async def act(work: Work) -> None:
        typer.echo(await AttachmentService(work).sweep())

    _run(act, Settings())


@cli.command()
def prune() -> None:
    """Forget what requests left behind and nothing needs any more. Run it daily."""
    from app.services.pruning import prune as forget

    _run(forget, Settings())


@cli.command("export-openapi")
def export_openapi(target: Path = Path("openapi/openapi.json")) -> None:
    """Write the OpenAPI document."""
    from app.main import create_app

    document = create_app(Settings()).openapi()
    target.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")


def main() -> None:
    cli()


if __name__ == "__main__":
    main()
