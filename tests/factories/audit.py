"""The audit log: sealed and verified."""

from app.security.access.scope import ALL
from app.security.audit.chain import Signer
from app.security.audit.verifier import Checkpoint
from app.services.audit import AuditService, seal_entries
from tests.world import World


async def seal_audit_log(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        await seal_entries(work)
        await work.commit()


async def find_audit_damages(world: World, checkpoints: list[Checkpoint] | None = None) -> list[str]:
    async with world.runtime.work(ALL, write=False) as work:
        public = Signer(world.runtime.settings.keys_dir).public
        return [damage async for damage in AuditService(work).damages(public, checkpoints or [])]
