"""Crypto-shredding by the ledger: at the order, and again at the start after a restore."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from app.core.ids import new_id
from app.models.privacy.retention import DestructionCertificate
from app.repositories.privacy.retention import DestructionCertificateRepository
from app.repositories.privacy.shredding import ShreddingRepository
from app.repositories.units import UnitRepository
from app.security.access.scope import ALL
from app.security.audit.trail import trace_of
from app.security.crypto.shred_ledger import LedgerDamagedError, Order, Shred, Stretch
from app.services.platform.unit_of_work import Runtime, UnitOfWork

BATCH = 500
FROM_LEDGER = "ledger"


class ShreddingService:
    """Requires a session with access to every row."""

    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.shredding = ShreddingRepository(work.session)
        self.certificates = DestructionCertificateRepository(work.session)
        self.units = UnitRepository(work.session)

    async def shred(
        self, order: Order, shreds: Sequence[Shred], decision: str, decided_by: UUID | None
    ) -> DestructionCertificate:
        """Record the destruction durably in the ledger, then destroy the keys; after a crash `replay` completes it."""
        stretch = await asyncio.to_thread(self.work.runtime.ledger.append, order, shreds)
        await self._apply(stretch)
        certificate = await self._certify(stretch, decision, decided_by)
        await self.shredding.advance(stretch.last, stretch.head)
        await self.work.flush()
        if certificate is None:
            raise LookupError("a certificate without its unit")
        return certificate

    async def replay(self) -> int:
        """Destroy again all keys of the ledger that this database still has; return the count.

        Raises LedgerDamagedError if the ledger is corrupt, or shorter than what this database applied before.
        """
        stretches = await asyncio.to_thread(lambda: list(self.work.runtime.ledger.stretches()))
        await self._check_mark(stretches)
        alive, resurrected = await self._alive(stretches), 0
        for stretch in stretches:
            if not alive.isdisjoint(shred.key_id for shred in stretch.shreds):
                resurrected += await self._apply(stretch)
        await self._certify_missing(stretches)
        if stretches:
            await self.shredding.advance(stretches[-1].last, stretches[-1].head)
        if resurrected:
            self.work.audit_action("shred_ledger_replayed")
        await self.work.flush()
        return resurrected

    async def agrees(self) -> bool:
        """Whether the database and the ledger are at the same position.

        They differ during a destruction, after a crash in it, after a restore and after loss of the ledger.
        """
        mark = await self.shredding.mark()
        return self.work.runtime.ledger.last == (mark.position if mark else 0)

    async def _check_mark(self, stretches: Sequence[Stretch]) -> None:
        mark = await self.shredding.mark()
        if mark is None or mark.position == 0:
            return
        heads = {stretch.last: stretch.head for stretch in stretches}
        if max(heads, default=0) < mark.position:
            raise LedgerDamagedError(f"{max(heads, default=0)} lines where {mark.position} were applied")
        if heads.get(mark.position) != mark.head:
            raise LedgerDamagedError("not the ledger of this database")

    async def _certify_missing(self, stretches: Sequence[Stretch]) -> None:
        for start in range(0, len(stretches), BATCH):
            batch = stretches[start : start + BATCH]
            existing = await self.certificates.known([stretch.order.certificate_id for stretch in batch])
            for stretch in batch:
                if stretch.order.certificate_id not in existing:
                    await self._certify(stretch, FROM_LEDGER, None)

    async def _alive(self, stretches: Sequence[Stretch]) -> set[UUID]:
        """Keys of the ledger that still exist here, or whose records are not marked as destroyed."""
        key_ids = [shred.key_id for stretch in stretches for shred in stretch.shreds]
        alive: set[UUID] = set()
        for start in range(0, len(key_ids), BATCH):
            alive |= await self.shredding.alive(key_ids[start : start + BATCH])
        return alive

    async def _apply(self, stretch: Stretch) -> int:
        key_ids = [shred.key_id for shred in stretch.shreds]
        count = 0
        for start in range(0, len(key_ids), BATCH):
            batch = key_ids[start : start + BATCH]
            count += await self.shredding.destroy(batch, stretch.order.at)
            incidents = await self.shredding.sealed_by(batch)
            await self.shredding.blank(batch, list(incidents), stretch.order.at)
            trace_of(self.work.session).incidents.update(incidents)
        for key_id in key_ids:
            self.work.session.info["ciphers"].pop(key_id, None)
        return count

    async def _certify(self, stretch: Stretch, decision: str, decided_by: UUID | None) -> DestructionCertificate | None:
        """Add the certificate; None if the backup is older than the unit."""
        order = stretch.order
        unit = await self.units.find(order.unit_id)
        if unit is None:
            return None
        certificate = DestructionCertificate(
            id=order.certificate_id,
            unit_id=unit.id,
            org_path=unit.org_path,
            number=stretch.number,
            class_code=order.class_code,
            basis=order.basis,
            decision=decision,
            decided_by=decided_by,
            request_id=order.request_id,
            issued_at=order.at,
            counts=dict(Counter(shred.kind for shred in stretch.shreds)),
            key_digests=[key_digest(shred.key_id) for shred in stretch.shreds],
            ledger_first=stretch.first,
            ledger_last=stretch.last,
            ledger_head=stretch.head,
        )
        self.certificates.add(certificate)
        return certificate


def key_digest(key_id: UUID) -> str:
    return hashlib.sha256(str(key_id).encode()).hexdigest()


def order(work: UnitOfWork, unit_id: UUID, class_code: str, basis: str, request_id: UUID | None = None) -> Order:
    return Order(new_id(), unit_id, class_code, basis, request_id, work.now)


async def replay_ledger(runtime: Runtime) -> int:
    """Apply the whole ledger in a separate transaction; return the number of keys that a restore brought back."""
    async with runtime.work(ALL) as work:
        work.operation = "shred_replay"
        resurrected = await ShreddingService(work).replay()
        await work.commit()
    return resurrected


async def is_settled(runtime: Runtime) -> bool:
    """Whether the database has applied every destruction in the ledger."""
    async with runtime.work(ALL, write=False) as work:
        return await ShreddingService(work).agrees()
