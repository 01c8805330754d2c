"""Slips of the accounts that an upload made: drawn once for the uploader, and stored nowhere."""

from collections.abc import Collection, Sequence
from functools import partial
from uuid import UUID

from app.core.problems import FORBIDDEN, NOT_FOUND
from app.core.time import local_date
from app.documents.accounts.slips import ActivationSlip, render_activation_slips
from app.models.accounts import User
from app.repositories.units import UnitRepository
from app.repositories.uploads.rows import UploadChangeRepository
from app.repositories.uploads.uploads import UploadRepository
from app.security.access.roles import MATRIX, Role
from app.services.accounts.activations import ActivationService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.datasets.accounts import Accounts
from app.services.uploads.problems import NO_SLIPS


class ActivationSlipService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work

    async def render(self, upload_id: UUID, user_ids: Collection[UUID] | None) -> bytes:
        """A slip with a new code for each account of the upload that waits for activation, or for some of them.

        The codes of earlier slips of these accounts end. Raises `not_found` (404), `forbidden` (403) for all but the
        uploader, `no_slips` (409) where none waits, `unavailable` (503) if the renderer is busy.
        """
        upload = await UploadRepository(self.work.session).known(upload_id)
        if upload.dataset != Accounts.code:
            raise NOT_FOUND()
        if upload.created_by != self.work.actor.id:
            raise FORBIDDEN()
        made = await UploadChangeRepository(self.work.session).record_ids(upload_id)
        issued = await ActivationService(self.work).issue(made if user_ids is None else made & set(user_ids))
        if not issued:
            raise NO_SLIPS()
        slips = await self._slips(issued)
        self.work.audit_action("activation_slips_drawn", upload_id)
        # Rendering waits in a queue, so it must not occupy a database connection.
        await self.work.release()
        return await self.work.runtime.renderer.render(partial(render_activation_slips, slips, self.work.today))

    async def _slips(self, issued: Sequence[tuple[User, str]]) -> list[ActivationSlip]:
        unit_ids = {user.unit_id for user, _ in issued}
        names = await UnitRepository(self.work.session).last_names(sorted(unit_ids), self.work.today)
        return [
            ActivationSlip(
                name=user.full_name,
                unit=names[user.unit_id].name_vi,
                role=MATRIX[Role(user.role)].label_vi,
                username=user.username,
                code=code,
                expires_on=local_date(user.activation_expires_at or self.work.now),
            )
            for user, code in issued
        ]
