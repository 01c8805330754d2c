"""Start-up: the runtime from settings, and the checks before serving."""

from pathlib import Path

import structlog

from app.core.database import WRITE, create_engine
from app.core.paging import Cursors
from app.core.settings import Settings
from app.documents.renderer import Renderer
from app.integrations.files import FileStore
from app.integrations.objects import open_store
from app.repositories.platform.operations import schema_revision
from app.security.access import policies
from app.security.access.scope import ALL
from app.security.crypto.keys import KeyRing
from app.security.crypto.passwords import Passwords
from app.security.crypto.sealing import Sealer
from app.security.crypto.shred_ledger import LedgerDamagedError, ShredLedger
from app.security.crypto.tokens import TokenService
from app.security.crypto.vault import Vault
from app.security.receipts.proof_of_work import ProofOfWork
from app.services.platform.attachment_ingest import Reception
from app.services.platform.unit_of_work import Runtime, session_factory
from app.services.privacy.shredding import is_settled, replay_ledger
from app.services.setup.declarations import check_declarations
from app.services.setup.events import UnknownEventError, check_stored_rules
from app.services.setup.hooks import UNIT_CLOSED, UNIT_MOVED

log = structlog.get_logger()
AUDIENCE = "athd-api"
MIGRATIONS = Path(__file__).parents[3] / "migrations"


class StartRefusedError(Exception):
    """The installation is not safe to serve."""


def schema_head() -> str:
    """The newest migration. Their files begin with their numbers; a test compares this with alembic."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("versions/*.py"))


def open_runtime(settings: Settings) -> Runtime:
    """The runtime. Raises UndeclaredError for an incomplete declaration of a table."""
    check_declarations()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = KeyRing.open(settings.keys_dir)
    store = FileStore(open_store(settings))
    engine = create_engine(
        settings.engine_url, pool_size=settings.database_pool_size, timeout_s=settings.database_timeout_s
    )
    return Runtime(
        settings=settings,
        engine=engine,
        reader=engine.execution_options(**{WRITE: False}),
        sessions=session_factory(engine),
        ring=ring,
        tokens=TokenService(ring, settings.origin, AUDIENCE, settings.access_token_s),
        passwords=Passwords(settings.argon2_memory_kib),
        sealer=Sealer(ring.secret("sealing")),
        vault=Vault(settings.keys_dir),
        ledger=ShredLedger(settings.ledger_dir),
        cursors=Cursors(ring.secret("cursors")),
        proof_of_work=ProofOfWork(
            ring.secret("proof-of-work"), settings.proof_of_work_cost, settings.intake_calm_per_hour
        ),
        files=store,
        reception=Reception(settings, store),
        renderer=Renderer(),
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
    """Check schema, row-level security on PostgreSQL, clock rules and the shred ledger. Raises StartRefusedError."""
    async with runtime.engine.connect() as connection:
        revision = await connection.run_sync(schema_revision)
        if revision != runtime.schema_head:
            raise StartRefusedError("the schema is not at head: run `athd migrate`")
        if runtime.settings.is_postgres:
            faults = await connection.run_sync(policies.faults)
            if faults:
                raise StartRefusedError("; ".join(faults))
    await _check_rules(runtime)
    try:
        resurrected = await replay_ledger(runtime)
    except LedgerDamagedError as error:
        raise StartRefusedError(f"the shred ledger is damaged ({error}): destroyed cases could be read") from error
    if resurrected:
        log.warning("shred_ledger_replayed", keys=resurrected)
    log.info("ready", engine="postgresql" if runtime.settings.is_postgres else "sqlite", revision=revision)


async def _check_rules(runtime: Runtime) -> None:
    async with runtime.work(ALL, write=False) as work:
        try:
            await check_stored_rules(work)
        except UnknownEventError as error:
            raise StartRefusedError(str(error)) from error
