"""Taking an upload back: each row is reversed, kept where its record was changed since, or failed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any, Final
from uuid import UUID

from app.core.problems import FORBIDDEN, NOT_FOUND
from app.models.uploads.rows import UploadChange
from app.models.uploads.uploads import Upload
from app.repositories.uploads.rows import UploadChangeRepository
from app.repositories.uploads.uploads import UploadRepository
from app.schemas.uploads.flow import UPLOAD_FLOW
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.contract import Change, Reversal
from app.services.uploads.datasets.all import dataset_of
from app.services.uploads.problems import NOT_REVERTIBLE, REVERT_TOO_LATE

BATCH: Final = 50
# Writers of SQLite wait for one another: however slow the machine is, a step ends soon after.
LONGEST_S: Final = 1.0
# A longer upload says what it would do once it does it.
MOST_FORESEEN: Final = 2000


class RevertService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.uploads = UploadRepository(work.session)
        self.changes = UploadChangeRepository(work.session)

    async def foresee(self, upload_id: UUID) -> tuple[Counter[str], bool]:
        """What a revert would make of the last changes, and whether these are all. Nothing is written.

        Raises `not_found` (404), `forbidden` (403) without the rights of the dataset, `wrong_state`, `not_revertible`,
        `revert_too_late` (409).
        """
        upload = await self._revertible(upload_id)
        found, below = Counter[str](), None
        with self.work.weighing():
            while changes := await self.changes.to_revert(upload.id, BATCH, below):
                if found.total() >= MOST_FORESEEN:
                    return found, False
                found.update(await self._foreseen(upload, changes))
                below = changes[-1].id
        return found, True

    async def revert(self, upload_id: UUID, reason: str) -> Upload:
        """Begin to take it back. Raises as `foresee`."""
        if await self.uploads.lock(upload_id) is None:
            raise NOT_FOUND()
        await self._revertible(upload_id)
        upload = await self.uploads.get(upload_id)
        upload.state = UPLOAD_FLOW.step(upload.state, "revert", reason).target
        upload.reason, upload.reverted_at, upload.reverted_by = reason, self.work.now, self.work.actor.id
        await self.work.flush()
        await enqueue(self.work, JobKind.UPLOAD, f"{upload_id}:revert", {"upload_id": str(upload_id)})
        return upload

    async def step(self, upload: Upload, below: UUID | None) -> None:
        """For the worker: some changes before one, the last first, with their outcome in one transaction."""
        self.work.list_elsewhere("upload_reverted", upload.id)
        self.work.audit_subject(upload.id)
        ends = monotonic() + LONGEST_S
        while (last := await self._revert_some(upload, below)) is not None and monotonic() < ends:
            below = last
        if last is None:
            upload.state = UPLOAD_FLOW.step(upload.state, "end_revert").target
            await self.work.flush()
            return
        asked: dict[str, object] = {"upload_id": str(upload.id), "below": str(last)}
        await enqueue(self.work, JobKind.UPLOAD, f"{upload.id}:revert:{last.hex}", asked)

    async def _revert_some(self, upload: Upload, below: UUID | None) -> UUID | None:
        """The last of the changes that it came to, if any was left."""
        with self.work.weighing():
            changes = await self.changes.to_revert(upload.id, BATCH, below)
            if not changes:
                return None
            await self._revert(upload, changes)
        await self.work.flush()
        return changes[-1].id

    async def _revert(self, upload: Upload, changes: Sequence[UploadChange]) -> None:
        for change, foreseen in zip(changes, await self._foreseen(upload, changes), strict=True):
            change.reversal = foreseen
        undone = [change for change in changes if change.reversal == Reversal.REVERSED]
        ends = await dataset_of(upload.dataset)(self.work).revert([_read(change) for change in undone])
        for change, end in zip(undone, ends, strict=True):
            change.reversal = end

    async def _foreseen(self, upload: Upload, changes: Sequence[UploadChange]) -> list[Reversal]:
        dataset, ids = dataset_of(upload.dataset)(self.work), {change.record_id for change in changes}
        edited = await dataset.edited(ids, upload.created_at)
        later = await self.changes.last_by_others(upload.id, ids - edited)
        open_ones = [each for each in changes if each.record_id not in edited and not _is_before(each, later)]
        needed = await dataset.needed([_read(change) for change in open_ones])
        ends = {each.id: Reversal.FAILED if each.record_id in needed else Reversal.REVERSED for each in open_ones}
        return [ends.get(change.id, Reversal.KEPT) for change in changes]

    async def _revertible(self, upload_id: UUID) -> Upload:
        upload = await self.uploads.known(upload_id)
        check_writable(upload, self.work)
        check_revertible(upload, self.work)
        return upload


def check_writable(upload: Upload, work: UnitOfWork) -> None:
    """Raises `forbidden` (403) for somebody who may not write what the dataset writes."""
    if not dataset_of(upload.dataset).is_open_to(work.actor):
        raise FORBIDDEN()


def check_revertible(upload: Upload, work: UnitOfWork) -> None:
    """Raises `wrong_state`, `not_revertible`, `revert_too_late` (409)."""
    UPLOAD_FLOW.step(upload.state, "revert", "")
    if not dataset_of(upload.dataset).is_revertible:
        raise NOT_REVERTIBLE()
    days = timedelta(days=work.runtime.settings.upload_revert_days)
    if upload.ended_at is None or upload.ended_at + days < work.now:
        raise REVERT_TOO_LATE()


def _is_before(change: UploadChange, later: Mapping[UUID, UUID]) -> bool:
    """Whether another upload changed its record since."""
    last = later.get(change.record_id)
    return last is not None and last > change.id


def _read(change: UploadChange) -> Change:
    before: dict[str, Any] = dict(change.before or {})
    return Change(change.record_id, change.fate == "created", before)
