"""Start-up: the runtime from settings, and the checks before serving."""

from pathlib import Path

import structlog

from app.core.database import create_engines
from app.core.paging import Cursors
from app.core.settings import Settings
from app.documents.renderer import Renderer
from app.integrations.files import FileStore
from app.integrations.objects import open_store
from app.repositories.platform.operations import schema_revision
from app.repositories.privacy.data_keys import DataKeyRepository
from app.security.access import policies
from app.security.access.scope import ALL
from app.security.audit.chain import KEY as AUDIT_KEY
from app.security.crypto.key_files import ed25519
from app.security.crypto.keys import KeyRing
from app.security.crypto.passwords import Passwords
from app.security.crypto.sealing import Sealer
from app.security.crypto.shred_ledger import LedgerDamagedError, ShredLedger
from app.security.crypto.tokens import TokenService
from app.security.crypto.vault import WRAPPING, Vault
from app.security.receipts.proof_of_work import ProofOfWork
from app.security.receipts.signed_receipts import CURRENT as RECEIPT_KEY
from app.services.platform.reception import Reception
from app.services.platform.unit_of_work import Runtime, session_factory
from app.services.privacy.shredding import is_settled, replay_ledger
from app.services.setup.declarations import check_declarations
from app.services.setup.events import UnknownEventError, check_stored_rules
from app.services.setup.hooks import UNIT_CLOSED, UNIT_MOVED
from app.services.setup.refusals import StartRefusedError, naming, naming_database

log = structlog.get_logger()
AUDIENCE = "athd-api"
MIGRATIONS = Path(__file__).parents[3] / "migrations"


def schema_head() -> str:
    """The newest migration. Their files begin with their numbers; a test compares this with alembic."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("versions/*.py"))


def open_runtime(settings: Settings) -> Runtime:
    """The runtime. Raises UndeclaredError for an incomplete declaration of a table, StartRefusedError otherwise."""
    check_declarations()
    with naming("ATHD_DATA_DIR"):
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with naming("ATHD_SECRETS_DIR"):
        ring, vault = KeyRing.open(settings.keys_dir), Vault(settings.keys_dir)
        for name in (AUDIT_KEY, RECEIPT_KEY):
            if (settings.keys_dir / name).exists():
                ed25519(settings.keys_dir / name)
    with naming("ATHD_SHRED_LEDGER_DIR"):
        ledger = ShredLedger(settings.ledger_dir)
    for variable, file in settings.secret_files.items():
        with naming(variable):
            file.read_text("utf-8")
    with naming("ATHD_OBJECTS_ENDPOINT" if settings.objects_bucket else "ATHD_DATA_DIR"):
        store = FileStore(open_store(settings))
    engine, reader = create_engines(
        settings.engine_url, pool_size=settings.database_pool_size, waits=settings.database_waits
    )
    return Runtime(
        settings=settings,
        engine=engine,
        reader=reader,
        sessions=session_factory(engine),
        ring=ring,
        tokens=TokenService(ring, settings.origin, AUDIENCE, settings.access_token_s),
        passwords=Passwords(settings.argon2_memory_kib),
        sealer=Sealer(ring.secret("sealing")),
        vault=vault,
        ledger=ledger,
        cursors=Cursors(ring.secret("cursors")),
        proof_of_work=ProofOfWork(
            ring.secret("proof-of-work"), settings.proof_of_work_cost, settings.intake_calm_per_hour
        ),
        files=store,
        reception=Reception(settings, store),
        renderer=Renderer(),
        report_renderer=Renderer(),
        schema_head=schema_head(),
        unit_moved=UNIT_MOVED,
        unit_closed=UNIT_CLOSED,
    )


async def is_ready(runtime: Runtime) -> bool:
    """Whether the database has the schema of this release and has applied every destruction."""
    async with runtime.reader.connect() as connection:
        if await connection.run_sync(schema_revision) != runtime.schema_head:
            return False
    try:
        return await is_settled(runtime)
    except LedgerDamagedError:
        return False


async def check_database(runtime: Runtime) -> None:
    """Check schema, row-level security on PostgreSQL, clock rules, wrapping keys and the shred ledger.

    Raises StartRefusedError.
    """
    revision = await _check(runtime)
    log.info("ready", engine="postgresql" if runtime.settings.is_postgres else "sqlite", revision=revision)


async def check_start(settings: Settings) -> None:
    """What `check_database` does, before any server process begins. Raises StartRefusedError."""
    runtime = open_runtime(settings)
    try:
        await _check(runtime)
    finally:
        await runtime.close()


async def _check(runtime: Runtime) -> str | None:
    with naming_database(runtime.settings):
        revision = await _check_schema(runtime)
        await _check_rules(runtime)
        await _check_wrapping(runtime)
        resurrected = await _replay(runtime)
    if resurrected:
        log.warning("shred_ledger_replayed", keys=resurrected)
    return revision


async def _check_schema(runtime: Runtime) -> str | None:
    database = runtime.settings.database_setting
    async with runtime.engine.connect() as connection:
        revision = await connection.run_sync(schema_revision)
        if revision != runtime.schema_head:
            raise StartRefusedError(f"{database}: the schema is not at head: run `athd migrate`")
        if runtime.settings.is_postgres:
            faults = await connection.run_sync(policies.faults)
            if faults:
                raise StartRefusedError(f"{database}: {'; '.join(faults)}")
    return revision


async def _replay(runtime: Runtime) -> int:
    try:
        return await replay_ledger(runtime)
    except LedgerDamagedError as error:
        raise StartRefusedError(
            f"ATHD_SHRED_LEDGER_DIR: the shred ledger is damaged ({error}): destroyed cases could be read"
        ) from error


async def _check_wrapping(runtime: Runtime) -> None:
    """With a new wrapping key beside old data, words would be sealed that the restored file does not open."""
    async with runtime.work(ALL, write=False) as work:
        if not await DataKeyRepository(work.session).opens_any(runtime.vault.names):
            raise StartRefusedError(
                f"ATHD_SECRETS_DIR: {WRAPPING} opens nothing in this database: restore it from its backup"
            )


async def _check_rules(runtime: Runtime) -> None:
    async with runtime.work(ALL, write=False) as work:
        try:
            await check_stored_rules(work)
        except UnknownEventError as error:
            raise StartRefusedError(f"{runtime.settings.database_setting}: {error}") from error
