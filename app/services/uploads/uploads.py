"""Uploads of a unit: received, seen, cancelled. What becomes of their rows is decided by the worker."""

from collections.abc import AsyncIterator
from uuid import UUID

from app.core import time
from app.core.ids import new_id
from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN, NOT_FOUND, invalid
from app.core.scoping import AccessClass
from app.core.vocabulary import CopyState
from app.models.uploads.rows import UploadChange, UploadFault
from app.models.uploads.uploads import PLACES, Upload, UploadFile, UploadFilter, code_of
from app.repositories.school_years.school_years import SchoolYearRepository
from app.repositories.uploads.rows import UploadChangeRepository, UploadFaultRepository, UploadPartRepository
from app.repositories.uploads.uploads import UploadRepository
from app.schemas.uploads.flow import UPLOAD_FLOW
from app.security.access.elevation import ElevationReason
from app.security.access.roles import CLIENT_ROLES, Reach
from app.security.files.recognition import recognise_table
from app.services.accounts.authenticator import Authenticator
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.reception import Place, Received, Taken
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.datasets.all import check_dataset
from app.services.uploads.mappings import check_mapping
from app.services.uploads.opening import with_rows
from app.services.uploads.orders import DIGEST_KEY, Order
from app.services.uploads.problems import UPLOADS_RUNNING
from app.services.uploads.reverts import check_revertible, check_writable


class UploadService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.uploads = UploadRepository(work.session)
        self.faults = UploadFaultRepository(work.session)

    async def page(self, page: PageRequest, wanted: UploadFilter) -> Page[Upload]:
        return await self.uploads.listed(page, wanted)

    async def get(self, upload_id: UUID) -> Upload:
        """Raises `not_found` (404)."""
        return await self.uploads.known(upload_id)

    async def errors(self, upload_id: UUID, page: PageRequest) -> Page[UploadFault]:
        """The faults of its rows in the order of the file, without any cell. Raises `not_found` (404)."""
        await self.get(upload_id)
        return await self.faults.listed(page, upload_id)

    async def changes_of(self, upload_id: UUID, page: PageRequest) -> Page[UploadChange]:
        """The records that it made or changed. Raises `not_found` (404)."""
        await self.get(upload_id)
        return await UploadChangeRepository(self.work.session).listed(page, upload_id)

    async def check_act(self, upload: Upload, act: str) -> None:
        """Raises what refuses a person's act on it, and does nothing."""
        if act == "revert":
            check_revertible(upload, self.work)
        else:
            UPLOAD_FLOW.step(upload.state, act, "")
        if act != "cancel":
            check_writable(upload, self.work)

    async def cancel(self, upload_id: UUID) -> Upload:
        """End it where it stands: rows that were applied stay. Idempotent.

        Raises `not_found` (404), `wrong_state` (409) for one that ended otherwise.
        """
        upload = await self.uploads.lock(upload_id)
        if upload is None:
            raise NOT_FOUND()
        if upload.state != "cancelled":
            upload.state = UPLOAD_FLOW.step(upload.state, "cancel").target
            upload.ended_at = self.work.now
            await UploadPartRepository(self.work.session).forget_keys([upload.id])
        return upload

    async def release(self, upload_id: UUID, reason: str) -> Upload:
        """Let a held upload be applied.

        Raises `not_found` (404), `forbidden` (403) without the rights of the dataset, `wrong_state` (409) for one that
        does not wait.
        """
        if await self.uploads.lock(upload_id) is None:
            raise NOT_FOUND()
        upload = await self.uploads.get(upload_id)
        step = UPLOAD_FLOW.step(upload.state, "release", reason)
        check_writable(upload, self.work)
        upload.state = step.target
        upload.reason, upload.released_at, upload.released_by = reason, self.work.now, self.work.actor.id
        await self.work.flush()
        key = f"{upload_id}:released"
        await enqueue(self.work, JobKind.UPLOAD, key, {"upload_id": str(upload_id)})
        return upload

    async def receive(self, order: Order, body: AsyncIterator[bytes]) -> tuple[Upload, bool]:
        """The upload, and whether it is new: the same file with the same request is one upload until it ended.

        Raises `invalid` (422) for a school year that is unknown, missing or of no use to the dataset, `forbidden` (403)
        without the rights of the dataset, `uploads_running` (409), and what `Reception.receive` and `with_rows` raise.
        """
        await self._check_before(order)
        reception, upload_id = self.work.runtime.reception, new_id()
        taken = Taken(recognise_table, self.work.runtime.settings.upload_limit_bytes)
        place = Place(UploadFile.__tablename__, Upload.__tablename__, upload_id)
        received = await reception.receive(self.work.actor.id, place, body, taken)
        try:
            received = await with_rows(self.work.runtime, received)
            await self._check_still_signed_in()
            upload, is_new = await self._add(upload_id, order, received)
        except BaseException:
            await reception.discard(received.names)
            raise
        if not is_new:
            await reception.discard(received.names)
        return upload, is_new

    async def _check_before(self, order: Order) -> None:
        """In a transaction of its own, so that no connection is in use while the body is read."""
        work = self.work
        async with work.runtime.work(work.scope, work.actor, write=False) as before:
            await UploadService(before).check(order)

    async def check(self, order: Order) -> None:
        """Raises `invalid` (422) for a request that cannot be, whatever the file.

        Raises `forbidden` (403) for somebody who may not write what the dataset writes.
        """
        dataset = check_dataset(order.dataset)
        if not dataset.is_open_to(self.work.actor):
            raise FORBIDDEN()
        if dataset.has_school_year != (order.school_year is not None):
            text = ("Bộ dữ liệu này cần năm học", "The dataset needs a school year")
            if order.school_year is not None:
                text = ("Bộ dữ liệu này không theo năm học", "The dataset has no school year")
            raise invalid("school_year", "school_year_does_not_fit", *text)
        if order.mode == "all_or_nothing" and not dataset.takes_all_or_nothing:
            text = ("Bộ dữ liệu này chỉ ghi từng dòng", "The dataset is applied row by row alone")
            raise invalid("mode", "mode_does_not_fit", *text)
        check_mapping(order, dataset)
        years = SchoolYearRepository(self.work.session)
        if order.school_year is not None and await years.by_code(order.school_year) is None:
            raise invalid("school_year", "unknown_school_year", "Không có năm học này", "There is no such school year")

    async def _check_still_signed_in(self) -> None:
        """Again, as a large file takes minutes to arrive."""
        actor = self.work.actor
        await Authenticator(self.work.runtime).load_principal(actor.id, actor.sign_in_id, actor.epoch)

    async def _add(self, upload_id: UUID, order: Order, received: Received) -> tuple[Upload, bool]:
        work = self.work
        work.now, actor = time.utc_now(), work.actor
        digest = order.digest(work.runtime.ring.secret(DIGEST_KEY), actor.unit_id, received.sha256)
        twin = await self.uploads.unended(actor.unit_id, digest)
        if twin is not None:
            return twin, False
        free = set(range(1, PLACES + 1)) - await self._taken_places()
        if not free:
            raise UPLOADS_RUNNING()
        upload = Upload(
            id=upload_id,
            unit_id=actor.unit_id,
            org_path=actor.org_path,
            code=code_of(upload_id),
            dataset=order.dataset,
            school_year=order.school_year,
            policy=order.policy,
            mode=order.mode,
            is_dry_run=order.is_dry_run,
            overwrites_edited=order.overwrites_edited,
            format=received.kind.name if received.shared else order.format,
            size=(received.shared or received.original).size,
            digest=digest,
            place=min(free),
            mapping={str(at): name for at, name in order.mapping} or None,
            created_at=work.now,
            created_by=actor.id,
            by_client=actor.role in CLIENT_ROLES,
            private_to=actor.id if self._reaches_own_alone() else None,
            cipher=work.new_cipher(),
        )
        self.uploads.add(upload)
        self.uploads.add(_file_of(upload, received))
        await work.flush()
        await enqueue(work, JobKind.UPLOAD, f"{upload_id}:received", {"upload_id": str(upload_id)})
        return upload, True

    def _reaches_own_alone(self) -> bool:
        return self.work.actor.rights.reach(AccessClass.UPLOAD) is Reach.GRANTED

    async def _taken_places(self) -> set[int]:
        """Also those of uploads that the caller does not reach."""
        if not self._reaches_own_alone():
            return await self.uploads.taken_places(self.work.actor.unit_id)
        async with self.work.elevated(ElevationReason.UPLOAD_PLACE):
            return await self.uploads.taken_places(self.work.actor.unit_id)


def _file_of(upload: Upload, received: Received) -> UploadFile:
    shared = received.shared
    keys = {"original": received.original.key.written()} | ({"shared": shared.key.written()} if shared else {})
    return UploadFile(
        id=received.id,
        upload_id=upload.id,
        org_path=upload.org_path,
        kind=received.kind.name,
        size=received.original.size,
        object_name=received.original.name,
        shared_object=shared.name if shared else None,
        shared_size=shared.size if shared else None,
        copy_state=CopyState.MADE if shared else CopyState.NOT_FOR_KIND,
        keys=keys,
        created_at=upload.created_at,
        created_by=upload.created_by,
        cipher=upload.row_cipher,
    )
