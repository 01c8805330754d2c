"""The files of uploads: destroyed after their period."""

from datetime import timedelta
from typing import Any, Final

from app.repositories.uploads.uploads import UploadFileRepository
from app.services.platform.unit_of_work import UnitOfWork

BATCH: Final = 100


async def delete_upload_files(work: UnitOfWork, _: dict[str, Any]) -> None:
    """Destroy the keys of files whose upload ended so many days ago, then their objects."""
    before = work.now - timedelta(days=work.runtime.settings.upload_file_days)
    names = list[str]()
    for file in await UploadFileRepository(work.session).expired(before, BATCH):
        file.keys, file.destroyed_at = None, work.now
        names += file.objects
    await work.flush()
    # Before the commit, in this transaction: what a failure leaves is destroyed by the next run or by the sweep.
    await work.runtime.reception.discard(names)
