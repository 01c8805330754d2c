"""The audit log: sealing entries into blocks, verifying them, and what the auditor and a family may see."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.problems import WRONG_STATE
from app.models.audit import AuditBlock, AuditEntry
from app.models.incidents import Incident
from app.repositories.audit import AuditRepository
from app.schemas.audit import AuditFilter
from app.security import audit_chain
from app.security.audit_chain import NOTHING_BEFORE, Signer, block_hash, is_signed, leaf
from app.security.scope import Reason
from app.services.work import Work

BATCH = 10_000
SHOWN = 500
# Ten minutes, beyond the hour to which the acts of reporters are dated.
UNSEALED_AT_MOST = timedelta(minutes=70)


@dataclass(frozen=True, slots=True)
class Access:
    """Who saw or changed a case, by role and kind of unit and not by name."""

    at: str
    role: str
    unit_kind: str | None
    about: str
    wrote: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in a block: its leaf reaches the block's root by `path`."""

    entry: AuditEntry
    block: AuditBlock
    path: list[str]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the log at a moment, to be kept off the machine: a log cut off later does not match it."""

    block: int
    hash: str
    entries: int
    signature: str


class AuditService:
    def __init__(self, work: Work) -> None:
        self.work = work
        self.audit = AuditRepository(work.session)

    async def page(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        """Entries of actors of the caller's unit and below."""
        return await self.audit.page(self.audit.listed(wanted), page)

    async def access(self, incident: Incident) -> list[Access]:
        """The latest 500 acts upon a case. Actors stand anywhere; no name is shown."""
        async with self.work.widened(Reason.ACCESS_VIEW):
            rows = await self.audit.access(incident.id, SHOWN)
            return [_access(entry, kind) for entry, kind in rows]

    async def proof(self, entry_id: UUID) -> Proof:
        """Raises `not_found` (404), `wrong_state` (409) for an entry not sealed yet (about a second)."""
        entry = await self.audit.get(entry_id)
        if entry.block is None or entry.position is None:
            raise WRONG_STATE()
        number, position = entry.block, entry.position
        async with self.work.widened(Reason.AUDIT_PROOF):
            leaves = [leaf(each.body) for each in await self.audit.of_block(number)]
        block = await self.audit.block(number)
        if block is None:
            raise LookupError("a sealed entry without its block")
        return Proof(entry, block, [step.hex() for step in audit_chain.path(leaves, position)])

    async def seal(self, signer: Signer) -> int:
        """Seal what no block holds yet; how many entries. One sealer at a time: the last block is locked."""
        last = await self.audit.last_block()
        entries = await self.audit.unsealed(BATCH)
        if not entries:
            return 0
        number = last.number + 1 if last else 1
        previous = _hash(last) if last else NOTHING_BEFORE
        tree = audit_chain.root([leaf(entry.body) for entry in entries]).hex()
        self.work.session.add(
            AuditBlock(
                number=number,
                previous=previous,
                root=tree,
                count=len(entries),
                sealed_at=self.work.now,
                signature=signer.sign(block_hash(number, previous, tree, len(entries))),
            )
        )
        for position, entry in enumerate(entries):
            entry.block, entry.position = number, position
        await self.work.flush()
        return len(entries)

    async def checkpoint(self, signer: Signer) -> Checkpoint:
        """Raises `wrong_state` (409) where nothing is sealed yet."""
        last = await self.audit.last_block()
        if last is None:
            raise WRONG_STATE()
        count = await self.audit.sealed_count()
        digest = _hash(last)
        return Checkpoint(last.number, digest, count, signer.sign(f"{last.number}|{digest}|{count}"))

    async def damages(self, public: str, checkpoints: Iterable[Checkpoint]) -> AsyncIterator[str]:
        """What is wrong with the log, block by block, judged by the public key and by checkpoints kept elsewhere."""
        kept = {each.block: each for each in checkpoints}
        for each in kept.values():
            if not is_signed(f"{each.block}|{each.hash}|{each.entries}", each.signature, public):
                yield f"checkpoint of block {each.block}: not signed by this key"
        paths = await self.audit.unit_paths()
        previous, expected, total = NOTHING_BEFORE, 1, 0
        async for block in self.audit.blocks():
            number, count, digest = block.number, block.count, _hash(block)
            for damage in _of_block(block, expected, previous, public):
                yield damage
            async for damage in self._in_block(block, paths):
                yield damage
            total += count
            if (point := kept.pop(number, None)) and (point.hash, point.entries) != (digest, total):
                yield f"block {number} is not what the checkpoint saw"
            previous, expected = digest, number + 1
        for damage in await self._around(kept, total):
            yield damage

    async def _around(self, missing: Iterable[int], total: int) -> list[str]:
        found = [f"block {number} of a checkpoint is gone: the log was cut off" for number in missing]
        if total != await self.audit.sealed_count():
            found.append("entries claim blocks that do not hold them")
        if stray := await self.audit.stray_unsealed(self.work.now - UNSEALED_AT_MOST):
            found.append(f"{stray} old entries are in no block")
        return found

    async def _in_block(self, block: AuditBlock, paths: dict[UUID, str]) -> AsyncIterator[str]:
        entries = await self.audit.of_block(block.number)
        if [entry.position for entry in entries] != list(range(block.count)):
            yield f"block {block.number} has {len(entries)} entries, not {block.count} in order"
        elif audit_chain.root([leaf(entry.body) for entry in entries]).hex() != block.root:
            yield f"block {block.number} does not hold these entries"
        for entry in entries:
            if not _is_whole(entry) or (entry.unit_id and paths.get(entry.unit_id) != entry.org_path):
                yield f"entry {entry.id} was changed"


async def seal_entries(work: Work) -> None:
    """Seal all that waits, as the worker does each second."""
    signer = Signer(work.runtime.settings.keys_dir)
    while await AuditService(work).seal(signer) == BATCH:
        await work.commit()


def _of_block(block: AuditBlock, expected: int, previous: str, public: str) -> Iterator[str]:
    if block.number != expected:
        yield f"block {expected} is missing"
    if block.previous != previous:
        yield f"block {block.number} does not follow the one before"
    if not is_signed(_hash(block), block.signature, public):
        yield f"block {block.number} is not signed by this key"


def _hash(block: AuditBlock) -> str:
    return block_hash(block.number, block.previous, block.root, block.count)


def _is_whole(entry: AuditEntry) -> bool:
    """Whether the row's columns say what its body says, and its digest is of that body."""
    try:
        told = json.loads(entry.body)
        said = (told["id"], told["actor"], told["role"], told["unit"], told["about"])
    except (ValueError, KeyError, TypeError):
        return False
    actor, unit = (str(value) if value else None for value in (entry.actor_id, entry.unit_id))
    columns = (str(entry.id), actor, entry.role, unit, entry.about)
    return said == columns and audit_chain.digest(entry.body) == entry.digest


def _access(entry: AuditEntry, kind: str | None) -> Access:
    return Access(entry.at.isoformat(), entry.role or "system", kind, entry.about, "written" in json.loads(entry.body))
