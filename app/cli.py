"""`athd`: the operator's commands."""

import asyncio
import gc
import json
import re
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from app.client.command import upload
from app.core.settings import Settings
from app.core.time import local_date, utc_now
from app.security.access.scope import ALL
from app.security.audit.chain import Signer
from app.security.audit.verifier import Checkpoint
from app.security.crypto.keys import KeyRing
from app.security.crypto.vault import Vault
from app.security.receipts.signed_receipts import ReceiptSigner
from app.services.platform.jobs import JobQueue
from app.services.platform.unit_of_work import Runtime, UnitOfWork
from app.services.setup.refusals import REFUSED_TO_START, StartRefusedError, naming, naming_database, refusal
from app.services.setup.start import check_start, open_runtime

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="An Toàn Học Đường")
keys = typer.Typer(no_args_is_help=True, help="Signing keys")
jobs = typer.Typer(no_args_is_help=True, help="The job queue")
audit = typer.Typer(no_args_is_help=True, help="The audit log")
shred = typer.Typer(no_args_is_help=True, help="The ledger of destroyed keys")
cli.add_typer(keys, name="keys")
cli.add_typer(jobs, name="jobs")
cli.add_typer(audit, name="audit")
cli.add_typer(shred, name="shred")
cli.command()(upload)


MAINTENANCE_S = 3600.0
WAITS = ("database_lock_s", "database_statement_s", "database_connection_s")
SECRETS = "ATHD_SECRETS_DIR"
PUBLIC_KEY = re.compile("[0-9a-f]{64}")


def _run(operation: Callable[[UnitOfWork], Awaitable[None]], settings: Settings, *, write: bool = True) -> None:
    """Run one unit of work with access to all units and a long time-out, as the machine's operator."""
    settings = settings.model_copy(update=dict.fromkeys(WAITS, MAINTENANCE_S))

    async def whole() -> None:
        runtime: Runtime = open_runtime(settings)
        try:
            async with runtime.work(ALL, write=write) as work:
                await operation(work)
                await work.commit()
        finally:
            await runtime.close()

    with naming_database(settings):
        asyncio.run(whole())


def _migrated(settings: Settings) -> None:
    from app.services.setup.migrating import migrate as migrate_schema
    from app.services.setup.reference_data import load_reference_data

    with naming("ATHD_DATA_DIR"):
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with naming_database(settings.as_owner()):
        migrate_schema(settings.owner_url)
    _run(load_reference_data, settings.as_owner())


@cli.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Serve the API."""
    from uvicorn import Config, Server
    from uvicorn.supervisors import Multiprocess

    from app.api.http.http_protocol import BoundedHeadProtocol
    from app.core.logging import set_up_logging

    gc.disable()
    settings = Settings()
    set_up_logging(settings.log_level)
    sockets = [_bound(host, port)]
    asyncio.run(check_start(settings))
    config = Config(
        "app.main:create_served_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=15,
        # On a busy machine a worker begins slowly and does not hang.
        timeout_worker_healthcheck=20,
        limit_concurrency=1000,
        http=BoundedHeadProtocol,
        date_header=False,
    )
    if workers == 1:
        with suppress(KeyboardInterrupt):
            Server(config).run(sockets)
        return
    supervisor = Multiprocess(config, sockets)
    supervisor.run()
    if any(process.exitcode == REFUSED_TO_START for process in supervisor.processes):
        raise typer.Exit(REFUSED_TO_START)


def _bound(host: str, port: int) -> socket.socket:
    """A socket at the address, for all workers. Raises StartRefusedError where it is in use, or another machine's."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such port"
        raise StartRefusedError(f"--host and --port: {host}, {port}: {reason}") from None
    bound.set_inheritable(True)
    return bound


@cli.command()
def migrate() -> None:
    """Migrate the schema, its policies and the reference data to this release."""
    _migrated(Settings())


@cli.command()
def demo(seed: int = 42) -> None:
    """Build the demonstration province, unless it exists."""
    from app.demo.province import DemoProvince
    from app.demo.welcome import welcome

    settings = Settings()
    if settings.environment == "production":
        typer.echo("ATHD_ENVIRONMENT is production: no demonstration here", err=True)
        raise typer.Exit(2)
    _migrated(settings)
    _run(lambda work: DemoProvince(work, seed).build(), settings.as_owner())
    typer.echo(welcome(settings.origin))


@cli.command()
def found(
    name: Annotated[str, typer.Option(help="The department's Vietnamese name")],
    code: Annotated[str, typer.Option(help="Its code")],
    administrator: Annotated[str, typer.Option(help="Username of the first system administrator")],
) -> None:
    """Found a new installation: ministry, department and first administrator, whose password is printed once."""
    from app.services.setup.installation import create_installation

    async def operation(work: UnitOfWork) -> None:
        typer.echo(f"{administrator}  {await create_installation(work, name, code, administrator)}")

    _run(operation, Settings().as_owner())


@keys.command("rotate")
def rotate_keys(
    overlap_minutes: Annotated[int, typer.Option(min=20)] = 60,
    at_once: Annotated[bool, typer.Option(help="The current key is compromised: stop trusting it now")] = False,
) -> None:
    """Activate the next signing key; the current one still verifies during the overlap."""
    with naming(SECRETS):
        KeyRing.open(Settings().keys_dir).rotate(timedelta(minutes=0 if at_once else overlap_minutes))


@keys.command("rotate-wrapping")
def rotate_wrapping_key() -> None:
    """Create a new wrapping key; the worker rewraps all data keys and destroys the former one."""
    with naming(SECRETS):
        typer.echo(Vault(Settings().keys_dir).rotate())


@keys.command("reindex")
def reindex() -> None:
    """Rebuild the blind indexes of informants and learners after a new master secret; prints how many."""
    from app.services.intakes.informants import InformantService
    from app.services.learners.reindexing import reindex_learners

    async def operation(work: UnitOfWork) -> None:
        typer.echo(await InformantService(work).reindex() + await reindex_learners(work))

    _run(operation, Settings())


@keys.command("rotate-receipts")
def rotate_receipt_key() -> None:
    """Create a new key for signed receipts; the former public keys stay published."""
    with naming(SECRETS):
        typer.echo(ReceiptSigner(Settings().keys_dir).rotate(local_date(utc_now())))


@cli.command()
def worker() -> None:
    """Run background jobs: escalations, notices, effective moves, pruning."""
    from app.core.logging import set_up_logging
    from app.jobs.worker import run_worker

    settings = Settings()
    set_up_logging(settings.log_level)
    asyncio.run(run_worker(settings))


@jobs.command("dead")
def dead_jobs() -> None:
    """List the jobs that failed too often: id, kind, attempts, error and location."""

    async def operation(work: UnitOfWork) -> None:
        for job in await JobQueue(work).dead():
            typer.echo(f"{job.id}  {job.kind}  {job.attempts}  {job.failure or 'killed its worker'}")

    _run(operation, Settings())


@jobs.command("retry")
def retry_jobs(kind: Annotated[str | None, typer.Option(help="Only jobs of this kind")] = None) -> None:
    """Return dead jobs to the queue; prints how many."""

    async def operation(work: UnitOfWork) -> None:
        typer.echo(await JobQueue(work).revive(kind))

    _run(operation, Settings())


@audit.command("key")
def audit_key() -> None:
    """Print the public key of the log's seals, for storage out of the database administrator's reach."""
    with naming(SECRETS):
        typer.echo(Signer(Settings().keys_dir).public)


@audit.command("checkpoint")
def audit_checkpoint() -> None:
    """Print the signed log state as one line of JSON. Store it daily on another machine to detect truncation."""
    from app.services.audit import AuditService

    settings = Settings()

    async def operation(work: UnitOfWork) -> None:
        point = await AuditService(work).checkpoint(Signer(settings.keys_dir))
        typer.echo(json.dumps(asdict(point)))

    _run(operation, settings)


@audit.command("export")
def export_audit(file: Annotated[Path, typer.Argument(help="The target file; readable only by its owner")]) -> None:
    """Write the sealed log as deterministic lines of JSON, for verification on another machine."""
    from app.security.crypto.key_files import whole
    from app.services.audit import AuditService

    async def operation(work: UnitOfWork) -> None:
        with whole(file) as target:
            async for line in AuditService(work).export():
                target.write(f"{line}\n".encode())

    _run(operation, Settings(), write=False)


@audit.command("verify")
def verify_audit(
    key: Annotated[str | None, typer.Option(help="The public key from its external copy, or a file with it")] = None,
    checkpoints: Annotated[Path | None, typer.Option(help="A file of external checkpoints")] = None,
    file: Annotated[Path | None, typer.Option(help="An export to check instead, without a database")] = None,
) -> None:
    """Check every entry, block, link and signature; exits with 1 and lists the damages."""
    external = (
        [Checkpoint(**json.loads(line)) for line in checkpoints.read_text("utf-8").splitlines()] if checkpoints else []
    )
    public = _public_key(key) if key else None
    found = _damages_of_file(file, public, external) if file else _damages(public, external)
    for damage in found:
        typer.echo(damage, err=True)
    typer.echo("the audit log is whole" if not found else f"{len(found)} damages")
    raise typer.Exit(1 if found else 0)


def _public_key(given: str) -> str:
    text = Path(given).read_text("utf-8").strip() if Path(given).is_file() else given
    if not PUBLIC_KEY.fullmatch(text):
        raise typer.BadParameter("a public key is 64 hexadecimal digits, or a file with them", param_hint="--key")
    return text


def _damages(key: str | None, external: list[Checkpoint]) -> list[str]:
    from app.services.audit import AuditService

    settings, found = Settings(), list[str]()

    async def operation(work: UnitOfWork) -> None:
        public = key or Signer(settings.keys_dir).public
        found.extend([damage async for damage in AuditService(work).damages(public, external)])

    _run(operation, settings, write=False)
    return found


def _damages_of_file(file: Path, key: str | None, external: list[Checkpoint]) -> list[str]:
    from app.security.audit.file import damages

    if key is None:
        raise typer.BadParameter("an export needs the public key from its external copy", param_hint="--key")
    with file.open("rb") as lines:
        return list(damages(lines, key, external))


@shred.command("replay")
def replay_shreds() -> None:
    """Destroy again the keys in the ledger that a restored backup contains; prints how many."""
    from app.services.privacy.shredding import ShreddingService

    async def operation(work: UnitOfWork) -> None:
        typer.echo(await ShreddingService(work).replay())

    _run(operation, Settings())


@cli.command("export-openapi")
def export_openapi(target: Path = Path("openapi/openapi.json")) -> None:
    """Write the OpenAPI document, and beside it the list of its operations."""
    from app.api.http.operation_list import listed
    from app.main import create_app

    document = create_app(Settings()).openapi()
    target.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    target.with_name("operations.txt").write_text(listed(document), "utf-8")


def main() -> None:
    try:
        cli()
    except Exception as error:  # noqa: BLE001 — a traceback may quote data, and says no operator what to do
        typer.echo(f"athd: {refusal(error)}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
