"""The audit log: sealing into blocks, verification, and the views for auditors and families."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.models.audit import AuditBlock, AuditEntry, AuditFilter
from app.models.cases.incidents import Incident
from app.repositories.audit import AuditRepository
from app.schemas.audit import AUDIT_FLOW
from app.security.access.elevation import ElevationReason
from app.security.audit import chain as audit_chain
from app.security.audit import file as audit_file
from app.security.audit.chain import NOTHING_BEFORE, Signer, block_hash, leaf
from app.security.audit.verifier import BlockRow, Checkpoint, EntryRow, Verifier
from app.services.platform.unit_of_work import UnitOfWork

BATCH = 10_000
SHOWN = 500
UNSEALED_AT_MOST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Access:
    """One access to a case, by role and kind of unit, without a name."""

    at: str
    role: str
    unit_kind: str | None
    about: str
    wrote: bool


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The proof that a block contains an entry: `path` leads from its leaf to the root."""

    entry: AuditEntry
    block: AuditBlock
    path: list[str]


class AuditService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.audit = AuditRepository(work.session)

    async def page(self, criteria: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        """Entries of actors in the caller's unit and below.

        With `record_id` the acts that wrote a learner or a part of one, and for any record those of uploads that did.
        """
        subjects = None
        if criteria.record_id is not None:
            # Which entries of the caller's own range are named; nothing of an upload is shown.
            async with self.work.elevated(ElevationReason.AUDIT_SUBJECT):
                subjects = await self.audit.subjects_of(criteria.record_id)
        return await self.audit.page(self.audit.listed(criteria, subjects), page)

    async def access(self, incident: Incident, hidden_before: datetime | None) -> list[Access]:
        """The latest 500 accesses to a case by actors of any unit, without names.

        With `hidden_before`, those since then to the incident alone: its intakes are above the reader.
        """
        async with self.work.elevated(ElevationReason.ACCESS_VIEW):
            rows = await self.audit.access(incident.id, SHOWN, hidden_before)
            return [_access(entry, kind) for entry, kind in rows]

    async def proof(self, entry_id: UUID) -> InclusionProof:
        """The proof of an entry. Raises `not_found` (404), `wrong_state` (409) before sealing (about a second)."""
        entry = await self.audit.get(entry_id)
        if entry.block is None or entry.position is None:
            raise AUDIT_FLOW.refusal(AUDIT_FLOW.initial)
        number, position = entry.block, entry.position
        async with self.work.elevated(ElevationReason.AUDIT_PROOF):
            leaves = [leaf(entry_of_block.body) for entry_of_block in await self.audit.of_block(number)]
        block = await self.audit.block(number)
        if block is None:
            raise LookupError("a sealed entry without its block")
        return InclusionProof(entry, block, [step.hex() for step in audit_chain.path(leaves, position)])

    async def seal(self, signer: Signer) -> int:
        """Seal one batch of entries and return the count; a lock on the last block admits one sealer at a time."""
        last = await self.audit.last_block()
        entries = await self.audit.unsealed(self.work.now, BATCH)
        if not entries:
            return 0
        number = last.number + 1 if last else 1
        previous = _block_row(last).hash if last else NOTHING_BEFORE
        tree = audit_chain.root([leaf(entry.body) for entry in entries]).hex()
        sealed = block_hash(number, previous, tree, len(entries), self.work.now.isoformat())
        self.work.session.add(
            AuditBlock(
                number=number,
                previous=previous,
                root=tree,
                count=len(entries),
                sealed_at=self.work.now,
                signature=signer.sign(sealed),
            )
        )
        for position, entry in enumerate(entries):
            entry.block, entry.position = number, position
        await self.work.flush()
        return len(entries)

    async def checkpoint(self, signer: Signer) -> Checkpoint:
        """A signed checkpoint. Raises `wrong_state` (409) before the first block."""
        last = await self.audit.last_block()
        if last is None:
            raise AUDIT_FLOW.refusal(AUDIT_FLOW.initial)
        count = await self.audit.sealed_count()
        digest = _block_row(last).hash
        return Checkpoint(last.number, digest, count, signer.sign(f"{last.number}|{digest}|{count}"))

    async def damages(self, public: str, checkpoints: Iterable[Checkpoint]) -> AsyncIterator[str]:
        """Defects of the log block by block, by the public key and external checkpoints."""
        verifier = Verifier(public, checkpoints, await self.unit_paths())
        for damage in verifier.begin():
            yield damage
        async for block, entries in self.chapters():
            for damage in verifier.block(block, entries):
                yield damage
        for damage in verifier.end(len(await self.audit.homeless())):
            yield damage
        if stray := await self.audit.stray_unsealed(self.work.now - UNSEALED_AT_MOST):
            yield f"{stray} old entries are in no block"

    async def export(self) -> AsyncIterator[str]:
        """The lines of a file that `audit_file.damages` verifies without a database."""
        for line in audit_file.beginning(await self.unit_paths()):
            yield line
        async for block, entries in self.chapters():
            for line in audit_file.chapter(block, entries):
                yield line
        for line in audit_file.ending(_entry_row(entry, []) for entry in await self.audit.homeless()):
            yield line

    async def unit_paths(self) -> dict[str, str]:
        return {str(unit_id): path for unit_id, path in (await self.audit.unit_paths()).items()}

    async def chapters(self) -> AsyncIterator[tuple[BlockRow, list[EntryRow]]]:
        """Every block in order, with the entries that claim it."""
        async for block in self.audit.blocks():
            row = _block_row(block)
            subjects = await self.audit.subjects_in(row.number)
            entries = [_entry_row(entry, subjects.get(entry.id, [])) for entry in await self.audit.of_block(row.number)]
            self.work.session.expunge_all()
            yield row, entries


async def seal_entries(work: UnitOfWork) -> None:
    """Seal all unsealed entries; the worker runs it every second while there are any."""
    signer = Signer(work.runtime.settings.keys_dir)
    while await AuditService(work).seal(signer) == BATCH:
        await work.commit()


async def has_unsealed_entries(work: UnitOfWork) -> bool:
    return await AuditRepository(work.session).has_unsealed(work.now)


def _block_row(block: AuditBlock) -> BlockRow:
    return BlockRow(block.number, block.previous, block.root, block.count, block.sealed_at.isoformat(), block.signature)


def _entry_row(entry: AuditEntry, subjects: Iterable[UUID]) -> EntryRow:
    return EntryRow(
        id=str(entry.id),
        at=entry.at.isoformat(),
        actor=str(entry.actor_id) if entry.actor_id else None,
        role=entry.role,
        unit=str(entry.unit_id) if entry.unit_id else None,
        path=entry.org_path,
        about=entry.about,
        subjects=sorted(str(subject) for subject in subjects),
        body=entry.body,
        digest=entry.digest,
        block=entry.block,
        position=entry.position,
    )


def _access(entry: AuditEntry, kind: str | None) -> Access:
    return Access(entry.at.isoformat(), entry.role or "system", kind, entry.about, "written" in json.loads(entry.body))
