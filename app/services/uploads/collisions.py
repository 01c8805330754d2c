"""Rows whose key occurs twice: in their file, or in another upload of the unit that has not ended."""

from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID

from app.integrations.tables.faults import Fault, define_fault
from app.models.uploads.uploads import Upload
from app.repositories.uploads.rows import UploadFaultRepository, UploadPartRepository
from app.repositories.uploads.uploads import UploadRepository
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.contract import Fate
from app.services.uploads.datasets.all import dataset_of
from app.services.uploads.keys import KeyedRow, in_both, repeated

REPEATED_KEY = define_fault("repeated_key", "Trùng với dòng {other} của tệp", "The same as row {other} of the file")
KEY_IN_OTHER_UPLOAD: Final = define_fault(
    "key_in_other_upload",
    "Trùng với dòng {other} của một lần tải lên khác của đơn vị chưa xong; hãy đợi hoặc hủy lần ấy",
    "The same as row {other} of another upload of the unit that has not ended; wait for it or cancel it",
)


class Collisions:
    """The rows of an upload that may not be applied because their key occurs twice.

    Of two uploads, the one whose check ended first applies the row; the other names that upload.
    """

    def __init__(self, work: UnitOfWork, upload: Upload) -> None:
        self.upload = upload
        self.uploads = UploadRepository(work.session)
        self.parts = UploadPartRepository(work.session)
        self.faults = UploadFaultRepository(work.session)

    async def found(self) -> list[tuple[KeyedRow, Fault]]:
        """Each such row once for each of its keys. Uploads of a unit do this one after another."""
        await self.uploads.lock_unit(self.upload.unit_id)
        own = await self.parts.keys(self.upload.id)
        found = [(row, Fault(REPEATED_KEY, other=other)) for row, other in repeated(own)]
        of_year = dataset_of(self.upload.dataset).keys_are_of_year
        for other in await self.uploads.beside(self.upload, of_year=of_year):
            both = list(in_both(own, await self.parts.keys(other)))
            refused = await self.faults.refused_rows(other) if both else set[int]()
            found += _refusals(other, both, refused)
        return found


def _refusals(
    upload_id: UUID, both: Iterable[tuple[KeyedRow, KeyedRow]], refused: set[int]
) -> Iterator[tuple[KeyedRow, Fault]]:
    """A row that was refused in the other upload does not occupy its key."""
    for row, other in both:
        if row.fate is not Fate.REFUSED and other.fate is not Fate.REFUSED and other.row not in refused:
            yield row, Fault(KEY_IN_OTHER_UPLOAD, other=other.row, other_upload=upload_id)
