"""The files of uploads: destroyed after their period, which begins at the latest with an upload that nobody ended."""

from datetime import timedelta
from typing import Any, Final

from app.repositories.uploads.rows import UploadPartRepository
from app.repositories.uploads.uploads import UploadFileRepository, UploadRepository
from app.schemas.uploads.flow import UPLOAD_FLOW
from app.services.platform.unit_of_work import UnitOfWork

BATCH: Final = 100


async def delete_upload_files(work: UnitOfWork, _: dict[str, Any]) -> None:
    """Destroy the keys of files whose upload ended so many days ago, then their objects.

    An upload that waits for a person as long is cancelled: its file would stay, and its place be taken, for ever.
    """
    before = work.now - timedelta(days=work.runtime.settings.upload_file_days)
    forgotten = await UploadRepository(work.session).forgotten(before, BATCH)
    await UploadPartRepository(work.session).forget_keys([upload.id for upload in forgotten])
    for upload in forgotten:
        upload.state, upload.ended_at = UPLOAD_FLOW.step(upload.state, "cancel").target, work.now
    names = list[str]()
    for file in await UploadFileRepository(work.session).expired(before, BATCH):
        file.keys, file.destroyed_at = None, work.now
        names += file.objects
    await work.flush()
    # Before the commit, in this transaction: what a failure leaves is destroyed by the next run or by the sweep.
    await work.runtime.reception.discard(names)
