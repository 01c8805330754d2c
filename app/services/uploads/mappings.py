"""Heads that people map to columns by hand: for one file, and remembered for the next ones of the unit."""

import hmac
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Final
from uuid import UUID

from app.core.paging import Page, PageRequest
from app.core.problems import NOT_FOUND, invalid
from app.integrations.tables.heads import NOTHING_CHOSEN, Chosen
from app.models.uploads.mappings import UploadMapping
from app.models.uploads.uploads import Upload
from app.repositories.uploads.mappings import UploadMappingRepository
from app.repositories.uploads.uploads import UploadRepository
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.contract import Dataset
from app.services.uploads.datasets.all import dataset_of
from app.services.uploads.orders import JSON_LINES, Order

HEADS: Final = "upload-heads"
# More remembered heads of a unit and dataset than anybody needs: beyond it, the oldest are dropped.
MOST: Final = 200


def check_mapping(order: Order, dataset: type[Dataset]) -> None:
    """Raises `invalid` (422) for an unknown column, a column or place twice, and JSON Lines, which have no head."""
    if order.mapping and order.format == JSON_LINES:
        text = ("JSON Lines đặt tên cột trong từng dòng", "JSON Lines name the columns in each line")
        raise invalid("mapping", "mapping_does_not_fit", *text)
    if any(name not in dataset.columns.by_name for _, name in order.mapping):
        text = ("Bộ dữ liệu không có cột này", "The dataset has no such column")
        raise invalid("mapping", "unknown_column", *text, allowed=tuple(dataset.columns.by_name))
    counted = Counter[int | str](each for pair in order.mapping for each in pair)
    if any(number > 1 for number in counted.values()):
        text = ("Một cột được chỉ định hai lần", "A column is named twice")
        raise invalid("mapping", "mapped_twice", *text)


class MappingService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.mappings = UploadMappingRepository(work.session)

    async def page(self, page: PageRequest, dataset: str | None) -> Page[UploadMapping]:
        return await self.mappings.listed(page, dataset)

    async def drop(self, mapping_id: UUID) -> None:
        """Forget a mapping: the head is read by its text again. Raises `not_found` (404)."""
        found = await self.mappings.find(mapping_id)
        if found is None:
            raise NOT_FOUND()
        await self.work.session.delete(found)

    async def chosen(self, upload: Upload) -> Chosen:
        """What the request names for this file, and what is remembered of earlier ones."""
        places = {int(at): name for at, name in (upload.mapping or {}).items()}
        known = await self.mappings.of_dataset(upload.unit_id, upload.dataset)
        if not known:
            return Chosen(places) if places else NOTHING_CHOSEN
        names = {each.head_digest: each.column_name for each in known}
        return Chosen(places, cache(lambda head: names.get(self._digest(upload, head))))

    async def remember(self, upload: Upload, said: Mapping[str, str]) -> None:
        """Remember what a person mapped, by the plain heads at these places; nothing of a system or a private upload.

        A head of the template is not remembered for another column: later files may be templates or error documents.
        """
        own, names = dataset_of(upload.dataset).columns.by_own_head, upload.mapping or {}
        said = {at: head for at, head in said.items() if own.get(head, names[at]) == names[at]}
        if not said or upload.by_client or upload.private_to is not None:
            return
        await UploadRepository(self.work.session).lock_unit(upload.unit_id)
        known = await self.mappings.of_dataset(upload.unit_id, upload.dataset)
        by_digest = {each.head_digest: each for each in known}
        for at, head in said.items():
            made = self._mapping(upload, int(at), self._digest(upload, head))
            if (old := by_digest.get(made.head_digest)) is None:
                self.mappings.add(made)
            else:
                old.column_name, old.upload_id, old.at = made.column_name, made.upload_id, made.at
                old.mapped_at, old.mapped_by = made.mapped_at, made.mapped_by
        for each in known[: max(len(known) + len(said) - MOST, 0)]:
            await self.work.session.delete(each)

    def _mapping(self, upload: Upload, at: int, digest: str) -> UploadMapping:
        assert upload.mapping is not None  # noqa: S101 — its heads are those at the places of the mapping
        return UploadMapping(
            unit_id=upload.unit_id,
            org_path=upload.org_path,
            dataset=upload.dataset,
            column_name=upload.mapping[str(at)],
            head_digest=digest,
            upload_id=upload.id,
            at=at,
            mapped_at=self.work.now,
            mapped_by=upload.created_by,
        )

    def _digest(self, upload: Upload, head: str) -> str:
        """A keyed digest of a head; it cannot be compared with those of another unit or dataset."""
        said = b"|".join((upload.unit_id.bytes, upload.dataset.encode(), head.encode()))
        return hmac.digest(self.work.runtime.ring.secret(HEADS), said, "sha256").hex()
