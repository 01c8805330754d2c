"""What waits of uploads: files that a person releases or cancels."""

from typing import Final

from app.core.problems import Text
from app.models.uploads.uploads import Upload, UploadFilter
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.platform.waiting_work import FIRST, Waiting, WaitingItem, WaitingWork, waiting_of
from app.services.uploads.uploads import UploadService


async def _held(work: UnitOfWork) -> Waiting:
    return waiting_of(await UploadService(work).page(FIRST, UploadFilter(state=("held",))), _item)


def _item(row: Upload) -> WaitingItem:
    return WaitingItem(row.id, "get_upload", {"upload_id": row.id}, row.code)


WAITING_WORK: Final = (
    WaitingWork(
        "uploads_held",
        Text("Tệp tải lên chờ người quyết định", "Uploads that wait for a person"),
        Act.DECIDE,
        Resource.UPLOAD,
        _held,
    ),
)
