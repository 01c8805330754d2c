"""How the worker goes through an upload: part by part, each with its checkpoint in one transaction.

First every row is checked, without writing; then the rows are applied. A job does one part and queues the next in the
same transaction, so that a kill at any moment loses nothing and repeats nothing. All-or-nothing is applied in one job.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.integrations.tables.faults import NO_ROWS, TOO_MANY_ROWS, Fault, TableError, define_fault
from app.integrations.tables.reading import TypedRow
from app.models.sealed import Cipher
from app.models.uploads.rows import UploadChange, UploadFault, UploadPart, id_of_fault
from app.models.uploads.uploads import Upload
from app.repositories.uploads.rows import UploadChangeRepository, UploadFaultRepository, UploadPartRepository
from app.repositories.uploads.uploads import UploadFileRepository, UploadRepository
from app.schemas.uploads.flow import UPLOAD_FLOW
from app.security.access.principal import Principal
from app.security.access.roles import Act, Resource
from app.services.accounts.authenticator import principal_now
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.collisions import Collisions
from app.services.uploads.contract import Dataset, Fate, Outcome, Policy, Terms, Totals
from app.services.uploads.datasets.all import dataset_of
from app.services.uploads.datasets.records import NewRows
from app.services.uploads.keys import KeyedRow
from app.services.uploads.mappings import MappingService
from app.services.uploads.origins import OTHER_UNIT, OTHER_YEAR, above_head, in_rows
from app.services.uploads.reading import PartReader, ReadPart
from app.services.uploads.reverts import RevertService
from app.services.uploads.sources import Part, Source, source_of

UPLOADER_GONE = define_fault(
    "uploader_gone", "Tài khoản tải lên không còn quyền", "The account that uploaded it no longer may"
)
NOT_FINISHED = define_fault(
    "not_finished",
    "Hệ thống không xử lý tiếp được; phần đã ghi vẫn còn và có thể hoàn tác",
    "The system cannot go on; what was applied stays and can be reverted",
)
ROWS_REFUSED = define_fault(
    "rows_refused",
    "Có dòng bị từ chối, và đã chọn ghi tất cả hoặc không ghi gì",
    "Rows were refused, and all or nothing was asked for",
)


class UploadRun:
    """One step of an upload, as the account that uploaded it."""

    def __init__(self, work: UnitOfWork, upload: Upload, source: Source) -> None:
        self.work = work
        self.upload = upload
        self.source = source
        self.dataset: type[Dataset] = dataset_of(upload.dataset)
        self.columns = self.dataset.columns_of(Policy(upload.policy))
        self.reader = PartReader(work, upload, source, self.dataset, self.columns)
        self.uploads = UploadRepository(work.session)
        self.faults = UploadFaultRepository(work.session)
        self.parts = UploadPartRepository(work.session)
        self.changes = UploadChangeRepository(work.session)
        self.counts: Counter[str] = Counter()
        # Rows that passed the check and are refused as they are applied.
        self._refused: list[Outcome] = []
        self._tally: dict[str, int] = dict(upload.tally or {})

    async def step(self) -> None:
        try:
            if self.upload.state == "received":
                await self._begin()
            elif self.upload.state == "checking":
                await self._check()
            elif self.upload.state == "applying":
                await self._apply()
        except TableError as error:
            await self._refuse(error)

    async def stop(self, reason: str) -> None:
        """End it early, such as where its account no longer may; what was applied by then stays, and is said."""
        is_begun = self.upload.state == "applying" and self.upload.at_row > self._layout["last"] + 1
        await self._refuse(TableError(reason), "cancel" if is_begun else "refuse")

    async def _begin(self) -> None:
        mappings = MappingService(self.work)
        chosen = await mappings.chosen(self.upload)
        layout, at_byte = await self.source.layout(self.columns, self.upload.format, chosen)
        await mappings.remember(self.upload, layout.pop("said"))
        self._tally = await above_head(self.work, self.upload, layout)
        self.upload.layout = layout
        self._move("check")
        await self._checkpoint(at_byte, layout["last"] + 1)

    async def _check(self) -> None:
        read = await self._read(self.upload.at_byte, self.upload.at_row, keyed=True)
        part = read.part
        outcomes = await self._outcomes(read.rows, writes=False)
        await self._add_faults(outcomes)
        self._add_part(read, outcomes)
        self._count(outcomes)
        marks = Counter(mark for outcome in outcomes for mark in outcome.marks)
        marks += await in_rows(self.work, self.upload, self._layout, part.rows)
        self._tally = dict(Counter(self.upload.tally or {}) + marks)
        if part.is_last:
            await self._end_check()
        else:
            await self._checkpoint(part.next_byte, self.upload.at_row + len(part.rows))

    async def _end_check(self) -> None:
        await self._refuse_repeated()
        if self._rows() == 0:
            raise TableError(NO_ROWS)
        if self.upload.is_dry_run:
            await self._end("end_check")
        elif self.upload.mode == "all_or_nothing" and self._total("refused"):
            await self._refuse(TableError(ROWS_REFUSED))
        else:
            await self._await_application()

    async def _await_application(self) -> None:
        """Begin anew with the first part; at once, or once a person releases it. Without a change it ends here."""
        totals = Totals({fate: self._total(fate) for fate in Fate}, self._tally)
        reasons = [each for each in (OTHER_UNIT, OTHER_YEAR) if self._tally.get(each)]
        reasons += await self.dataset(self.work).holds(self._terms(), totals)
        self._move("hold" if reasons else "apply")
        self.upload.held_because = reasons
        if not (reasons or totals.fates[Fate.CREATED] or totals.fates[Fate.UPDATED]):
            await self._end("finish")
            return
        await self.work.flush()
        starts = await self.parts.starts(self.upload.id)
        first = min(starts)
        if reasons:
            await self._save({"at_byte": starts[first], "at_row": first})
        else:
            await self._checkpoint(starts[first], first)

    async def _apply(self) -> None:
        if self.upload.mode == "all_or_nothing":
            await self._apply_all()
            return
        if self.upload.at_row == self._layout["last"] + 1:
            self._reset()
        part = await self._apply_part(self.upload.at_byte, self.upload.at_row)
        if part.is_last:
            await self._end("finish")
        else:
            await self._checkpoint(part.next_byte, self.upload.at_row + len(part.rows))

    async def _apply_all(self) -> None:
        """Apply every part in this transaction; nothing of it stays where a row is refused that passed the check."""
        self._reset()
        try:
            async with self.work.session.begin_nested():
                await self._apply_parts()
        except TableError:
            # The fates of the check stand: those that the rows would have.
            self.counts.clear()
            await self._add_faults(self._refused)
            raise
        await self._end("finish")

    async def _apply_parts(self) -> None:
        at_byte, at_row, is_last = self.upload.at_byte, self.upload.at_row, False
        while not is_last:
            part = await self._apply_part(at_byte, at_row)
            at_byte, at_row, is_last = part.next_byte, at_row + len(part.rows), part.is_last
        if self._refused:
            raise TableError(ROWS_REFUSED)

    async def _apply_part(self, at_byte: int, first_row: int) -> Part:
        read = await self._read(at_byte, first_row, keyed=False)
        part = read.part
        known = await self.faults.of_rows(self.upload.id, first_row, first_row + len(part.rows) - 1)
        refused = {fault.row_number for fault in known}
        self.work.list_elsewhere("upload_rows", self.upload.id)
        self.work.audit_subject(self.upload.id)
        outcomes = await self._outcomes([row for row in read.rows if row.number not in refused], writes=True)
        await self._add_faults(outcomes)
        self._refused += [outcome for outcome in outcomes if outcome.fate is Fate.REFUSED]
        await self._add_changes(outcomes)
        self._count([*outcomes, *(Outcome.refused(number) for number in sorted(refused))])
        return part

    async def _read(self, at_byte: int, first_row: int, *, keyed: bool) -> ReadPart:
        read = await self.reader.read(self._layout, at_byte, first_row, keyed=keyed)
        most = self.dataset.most_rows or self.work.runtime.settings.upload_rows
        if first_row + len(read.rows) - 1 - self._layout["last"] > most:
            raise TableError(TOO_MANY_ROWS, limit=most)
        return read

    async def _outcomes(self, rows: Sequence[TypedRow], *, writes: bool) -> list[Outcome]:
        """The fate of each row, in the order of the file."""
        sound = [row for row in rows if not (row.faults or row.is_blank or row.is_note)]
        found = [_unsettled(row) for row in rows if row.faults or row.is_blank or row.is_note]
        if sound:
            found += await self.dataset(self.work).settle(self._terms(writes=writes), sound)
        return sorted(found, key=lambda outcome: outcome.row)

    def _terms(self, *, writes: bool = False) -> Terms:
        upload = self.upload
        return Terms(upload.id, upload.school_year, Policy(upload.policy), upload.overwrites_edited, writes)

    async def _add_faults(self, outcomes: Iterable[Outcome]) -> None:
        found = [self._fault(each.row, fault, at) for each in outcomes for at, fault in enumerate(each.faults)]
        await self.faults.insert_rows({UploadFault: found})

    def _fault(self, row: int, fault: Fault, ordinal: int = 0) -> dict[str, Any]:
        return {
            "id": id_of_fault(row, ordinal),
            "upload_id": self.upload.id,
            "org_path": self.upload.org_path,
            "row_number": row,
            "column_name": fault.column,
            "code": fault.code,
            "limit_number": fault.limit,
            "other_row": fault.other,
            "other_upload_id": fault.other_upload,
            "records": list(fault.records),
        }

    def _add_part(self, read: ReadPart, outcomes: Sequence[Outcome]) -> None:
        fates = {outcome.row: outcome.fate for outcome in outcomes}
        keyed = (KeyedRow(digest, row, fates[row]).packed() for row, digest in read.digests)
        self.parts.add(
            UploadPart(
                upload_id=self.upload.id,
                org_path=self.upload.org_path,
                first_row=self.upload.at_row,
                at_byte=read.part.at_byte,
                keys=b"".join(keyed),
            )
        )

    async def _refuse_repeated(self) -> None:
        await self.work.flush()
        faults, refused = [], set[int]()
        for keyed, fault in await Collisions(self.work, self.upload).found():
            faults.append(self._fault(keyed.row, fault))
            if keyed.fate is not Fate.REFUSED and keyed.row not in refused:
                refused.add(keyed.row)
                self.counts.update({keyed.fate: -1, Fate.REFUSED: 1})
        await self.faults.insert_rows({UploadFault: faults})

    async def _add_changes(self, outcomes: Iterable[Outcome]) -> None:
        changed = [(outcome, outcome.record_id) for outcome in outcomes if outcome.record_id is not None]
        if not changed:
            return
        file = await UploadFileRepository(self.work.session).of_upload(self.upload.id)
        assert file is not None  # noqa: S101 — the source was read from it
        async with NewRows(self.work) as made:
            for outcome, record_id in changed:
                made.add(UploadChange, self._change(outcome, record_id, file.row_cipher))
                await made.pause()

    def _change(self, outcome: Outcome, record_id: UUID, cipher: Cipher) -> dict[str, Any]:
        made = new_id()
        return {
            "id": made,
            "upload_id": self.upload.id,
            "org_path": self.upload.org_path,
            "row_number": outcome.row,
            "fate": outcome.fate,
            "record_id": record_id,
            **UploadChange.sealed_as(made, cipher, {"before": outcome.before}),
        }

    @property
    def _layout(self) -> dict[str, Any]:
        assert self.upload.layout is not None  # noqa: S101 — set with the first step
        return self.upload.layout

    def _count(self, outcomes: Iterable[Outcome]) -> None:
        self.counts.update(outcome.fate for outcome in outcomes)

    def _total(self, fate: str) -> int:
        return int(getattr(self.upload, f"rows_{fate}")) + self.counts[fate]

    def _rows(self) -> int:
        return sum(self._total(fate) for fate in Fate)

    def _reset(self) -> None:
        """Count from zero: the fates of the check were those that the rows would have."""
        self.counts = Counter({fate: -int(getattr(self.upload, f"rows_{fate}")) for fate in Fate})

    async def _checkpoint(self, at_byte: int, at_row: int) -> None:
        """Note where the next part begins, and queue its job."""
        await self._save({"at_byte": at_byte, "at_row": at_row})
        key = f"{self.upload.id}:{self.upload.state}:{at_row}"
        await enqueue(self.work, JobKind.UPLOAD, key, {"upload_id": str(self.upload.id)})

    async def _save(self, more: dict[str, object]) -> None:
        await self.work.flush()
        fates = {f"rows_{fate}": self._total(fate) for fate in Fate}
        await self.uploads.set_progress(
            self.upload.id, fates | {"rows_read": self._rows(), "tally": self._tally} | more
        )

    def _move(self, action: str) -> None:
        self.upload.state = UPLOAD_FLOW.step(self.upload.state, action).target

    async def _end(self, action: str) -> None:
        self._move(action)
        self.upload.ended_at = self.work.now
        await self.parts.forget_keys([self.upload.id])
        await self._save({"at_byte": self.upload.size})
        self.work.audit_action(f"upload_{self.upload.state}", self.upload.id)

    async def _refuse(self, error: TableError, action: str = "refuse") -> None:
        self.upload.fault_code, self.upload.fault_row = error.code, error.row
        self.upload.fault_limit, self.upload.fault_columns = error.limit, list(error.columns)
        self.upload.fault_choices = {name: list(places) for name, places in error.choices.items()} or None
        await self._end(action)


def _unsettled(row: TypedRow) -> Outcome:
    if row.faults:
        return Outcome.refused(row.number, *row.faults)
    return Outcome(row.number, Fate.BLANK if row.is_blank else Fate.SKIPPED)


async def run_upload(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """One step of an upload, for the worker. It ends where the account that uploaded it no longer may."""
    upload = await UploadRepository(work.session).lock(UUID(str(payload["upload_id"])))
    if upload is None:
        return
    if upload.state == "reverting":
        below = payload.get("below")
        await _revert(work, upload, UUID(str(below)) if below else None)
        return
    if upload.ended_at is not None or upload.state == "held":
        return
    principal = await principal_now(work, upload.created_by)
    source = await source_of(work, upload)
    if principal is None or not _may(principal, upload, Act.CREATE):
        await UploadRun(work, upload, source).stop(UPLOADER_GONE)
        return
    await UploadRun(work, await _as(principal, work, upload), source).step()


async def give_up_upload(work: UnitOfWork, payload: dict[str, Any]) -> None:
    """End an upload whose next step fails again and again: it would stay one of the two that a unit may have."""
    upload = await UploadRepository(work.session).lock(UUID(str(payload["upload_id"])))
    if upload is not None and upload.ended_at is None and upload.state != "held":
        await UploadRun(work, upload, await source_of(work, upload)).stop(NOT_FINISHED)


async def _revert(work: UnitOfWork, upload: Upload, below: UUID | None) -> None:
    """One step of a revert, as the account that asked for it; what is left waits where it no longer may."""
    principal = await principal_now(work, upload.reverted_by) if upload.reverted_by else None
    if principal is not None and _may(principal, upload, Act.DECIDE):
        await RevertService(work).step(await _as(principal, work, upload), below)


async def _as(principal: Principal, work: UnitOfWork, upload: Upload) -> Upload:
    """The upload, read again as the account: what only names the account does not outlast the change of scope."""
    await work.act_as(principal)
    found = await UploadRepository(work.session).lock(upload.id)
    if found is None:
        raise LookupError("an upload that its uploader does not reach")
    return found


def _may(principal: Principal, upload: Upload, act: Act) -> bool:
    """Whether an account of the upload's unit still may do this, and write what its dataset writes."""
    is_of_unit = principal.unit_id == upload.unit_id
    return is_of_unit and principal.may(act, Resource.UPLOAD) and dataset_of(upload.dataset).is_open_to(principal)
