"""Taking an upload back: each row is reversed, kept where its record was changed since, or failed."""

from collections import Counter
from datetime import timedelta
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

BATCH: Final = 200
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
        with self.work.weighing():
            changes = await self.changes.to_revert(upload.id, MOST_FORESEEN + 1)
            found = [await self._foreseen(upload, change) for change in changes[:MOST_FORESEEN]]
        return Counter(map(str, found)), len(changes) <= MOST_FORESEEN

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

    async def step(self, upload: Upload) -> None:
        """For the worker: some changes, the last first, with their outcome in one transaction."""
        self.work.list_elsewhere("upload_reverted", upload.id)
        with self.work.weighing():
            changes = await self.changes.to_revert(upload.id, BATCH)
            for change in changes:
                found = await self._foreseen(upload, change)
                if found is Reversal.REVERSED:
                    found = await dataset_of(upload.dataset)(self.work).revert(_read(change))
                change.reversal = found
        if len(changes) < BATCH:
            upload.state = UPLOAD_FLOW.step(upload.state, "end_revert").target
            await self.work.flush()
            return
        await self.work.flush()
        key = f"{upload.id}:revert:{changes[-1].id.hex[:12]}"
        await enqueue(self.work, JobKind.UPLOAD, key, {"upload_id": str(upload.id)})

    async def _foreseen(self, upload: Upload, change: UploadChange) -> Reversal:
        dataset = dataset_of(upload.dataset)(self.work)
        is_edited = await dataset.is_edited(change.record_id, upload.created_at)
        if is_edited or not await self.changes.is_last(change):
            return Reversal.KEPT
        return Reversal.FAILED if await dataset.is_needed(_read(change)) else Reversal.REVERSED

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


def _read(change: UploadChange) -> Change:
    before: dict[str, Any] = dict(change.before or {})
    return Change(change.record_id, change.fate == "created", before)
