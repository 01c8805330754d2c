"""Staff with their posts by upload: a row for each post, or one without for a member of staff who has none."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final
from uuid import UUID

from app.core.problems import Text
from app.core.text import fold
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.faults import REQUIRED, Fault, define_fault
from app.integrations.tables.kinds import CodeOf, Day, Identifier, Value, Words
from app.integrations.tables.reading import TypedRow
from app.models.learners.staff import StaffMember, StaffPost
from app.repositories.learners.staff import StaffRepository
from app.services.learners.registry import name_columns
from app.services.learners.rolls import rolls_changed
from app.services.platform.unit_of_work import UnitOfWork
from app.services.uploads.contract import REGISTRY, Change, Dataset, Fate, Outcome, Reversal, Terms, fate_of
from app.services.uploads.datasets.records import changed, entered, plain, restored, revived

POSTS: Final = (
    *(("giao vien bo mon", "teacher"), ("gv", "teacher"), ("giao vien chu nhiem", "teacher")),
    *(("pho hieu truong chuyen mon", "vice_principal"), ("tong phu trach", "team_leader")),
    *(("y te", "health_worker"), ("nhan vien thu vien", "librarian"), ("thu vien", "librarian")),
)
TWO_STAFF: Final = define_fault(
    "two_staff", "Dòng khớp với nhiều nhân sự của đơn vị", "The row matches several members of the unit's staff"
)
ENDS_BEFORE_START: Final = define_fault(
    "ends_before_start", "Ngày kết thúc phải sau ngày bắt đầu", "The end must be after the start"
)


class Staff(Dataset):
    code = "staff"
    label = Text("Nhân sự với vị trí công tác", "Staff with their posts")
    keys = (("code", "post", "valid_from"),)
    weak_key = ("full_name", "post", "valid_from")
    has_school_year = False
    rights = REGISTRY
    is_revertible = True
    columns = Columns(
        (
            Column(
                "code",
                Text("Mã định danh", "Staff code"),
                Identifier(),
                aliases=("Mã giáo viên", "Mã GV", "Mã nhân sự", "Mã cán bộ", "Mã định danh Bộ GD&ĐT"),
            ),
            Column(
                "full_name",
                Text("Họ và tên", "Full name"),
                Words(200),
                is_required=True,
                aliases=("Họ tên", "Họ và tên giáo viên", "Họ tên giáo viên"),
            ),
            Column(
                "post",
                Text("Vị trí", "Post"),
                CodeOf("staff_post", POSTS),
                aliases=("Vị trí việc làm", "Chức vụ", "Chức danh", "Nhiệm vụ"),
            ),
            Column("valid_from", Text("Từ ngày", "From"), Day(may_be_ahead=True), aliases=("Ngày bắt đầu",)),
            Column("valid_to", Text("Đến ngày", "To"), Day(may_be_ahead=True), aliases=("Ngày kết thúc",)),
        )
    )
    example: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"code": "0000000002", "full_name": "Lê Văn Ví Dụ", "post": "Giáo viên", "valid_from": "15/08/2026"}
    )

    @classmethod
    def keys_of(cls, values: Mapping[str, Value]) -> list[dict[str, str]]:
        """By code, else by name; a row without a post has a key without one."""
        [key] = cls.keys if "code" in values else [cls.weak_key]
        return [{name: cls.plain(name, values[name]) for name in key if name in values}]

    @classmethod
    def plain(cls, name: str, value: Value) -> str:
        return fold(str(value)) if name == "full_name" else str(value)

    async def settle(self, terms: Terms, rows: Sequence[TypedRow]) -> list[Outcome]:
        known = await _Known.read(self.work)
        settled = [self._settle_row(terms, known, row) for row in rows]
        await self.work.flush()
        if terms.writes:
            await rolls_changed(self.work, self.work.actor.unit_id)
        return settled

    def _settle_row(self, terms: Terms, known: "_Known", row: TypedRow) -> Outcome:
        if faults := _faults(row.values):
            return Outcome.refused(row.number, *faults)
        found = known.matching(row.values)
        if len(found) > 1:
            codes = tuple(sorted(each.code for each in found if each.code))
            return Outcome.refused(row.number, Fault(TWO_STAFF, records=codes))
        member = found[0] if found else None
        planned = _planned(terms, member, known.post(member, row.values), row.values)
        fate = fate_of(terms, exists=planned.exists, changes=planned.has_changes, is_edited=planned.is_edited)
        if not terms.writes or fate not in {Fate.CREATED, Fate.UPDATED}:
            return Outcome(row.number, fate)
        member, before = self._write_member(known, planned)
        if "post" in row.values:
            before |= self._write_post(known, member, planned)
        return Outcome(row.number, fate, record_id=member.id, before=before)

    def _write_member(self, known: "_Known", planned: "_Planned") -> tuple[StaffMember, dict[str, object]]:
        """The member of staff, and what it was before."""
        member = planned.member
        if member is None:
            member = StaffMember(unit_id=self.work.actor.unit_id, **planned.facts, **entered(self.work))
            known.add(member)
            return member, {"member": None}
        is_revived = bool(planned.facts) or member.voided_at is not None
        before = revived(member, planned.facts) if is_revived else {}
        member.touch()
        return member, {"member": before}

    def _write_post(self, known: "_Known", member: StaffMember, planned: "_Planned") -> dict[str, object]:
        """What the post was before."""
        post = planned.post
        if post is not None:
            before = {name: plain(getattr(post, name)) for name in (*planned.ends, "edited_at", "voided_at")}
            for name, value in planned.ends.items():
                setattr(post, name, value)
            post.edited_at = post.voided_at = None
            return {"post_id": str(post.id), "post": before}
        made: dict[str, Any] = {"recorded_at": self.work.now, "recorded_by": self.work.actor.id}
        post = StaffPost(staff_id=member.id, org_path=member.org_path, **planned.place, **planned.ends, **made)
        known.add_post(post)
        return {"post_id": str(post.id), "post": None}

    async def edited(self, record_ids: Collection[UUID], since: datetime) -> set[UUID]:
        """The members who were entered or changed by hand since, or one of whose posts was."""
        staff = StaffRepository(self.work.session)
        members = await staff.by_ids(record_ids)
        moments = [(key, member.edited_at) for key, member in members.items()]
        moments += [(post.staff_id, post.edited_at) for post in await staff.posts(record_ids)]
        return (set(record_ids) - members.keys()) | {key for key, at in moments if at is not None and at >= since}

    async def revert(self, changes: Sequence[Change]) -> list[Reversal]:
        for change in changes:
            await self._undo(change)
        await rolls_changed(self.work, self.work.actor.unit_id)
        return [Reversal.REVERSED] * len(changes)

    async def _undo(self, change: Change) -> None:
        staff = StaffRepository(self.work.session)
        member, before = await staff.get(change.record_id), change.before
        if before.get("post_id") is not None:
            post = await staff.any_post(UUID(before["post_id"]))
            if before["post"] is None:
                post.voided_at = self.work.now
            else:
                restored(post, before["post"])
        if before["member"] is None:
            member.voided_at = self.work.now
        else:
            restored(member, before["member"])
        member.touch()
        await self.work.flush()


@dataclass(frozen=True, slots=True)
class _Planned:
    """What a row would do to its member of staff and its post. `facts` and `ends` are what would change."""

    member: StaffMember | None
    post: StaffPost | None
    facts: Mapping[str, Any]
    place: Mapping[str, Any]
    ends: Mapping[str, Any]
    is_edited: bool

    @property
    def is_post_live(self) -> bool:
        return self.post is not None and self.post.voided_at is None

    @property
    def exists(self) -> bool:
        is_live = self.member is not None and self.member.voided_at is None
        return is_live and (self.is_post_live or not self.place)

    @property
    def has_changes(self) -> bool:
        return bool(self.facts or self.ends)


def _planned(terms: Terms, member: StaffMember | None, post: StaffPost | None, values: Mapping[str, Value]) -> _Planned:
    """A name that was entered by hand does not change with a new post."""
    named = name_columns(str(values["full_name"])) | {name: values[name] for name in values if name == "code"}
    facts = changed(member, named)
    place = {name: values[name] for name in ("post", "valid_from") if name in values}
    ends = changed(post, {name: values[name] for name in values if name == "valid_to"})
    is_named_by_hand = bool(facts) and member is not None and member.edited_at is not None
    is_new_post = bool(place) and (post is None or post.voided_at is not None)
    if is_named_by_hand and is_new_post and not terms.overwrites_edited:
        facts, is_named_by_hand = {}, False
    is_ended_by_hand = bool(ends) and post is not None and post.edited_at is not None
    return _Planned(member, post, facts, place, ends, is_named_by_hand or is_ended_by_hand)


class _Known:
    """The staff of the unit with their posts, and what the rows add to them."""

    def __init__(self, staff: StaffRepository, members: Sequence[StaffMember], posts: Sequence[StaffPost]) -> None:
        self.staff = staff
        self._by_code: dict[str, StaffMember] = {}
        self._by_name = defaultdict[str, list[StaffMember]](list)
        self._posts: dict[tuple[UUID, str, date], StaffPost] = {}
        for member in members:
            self._know(member)
        for post in posts:
            self._posts[post.staff_id, post.post, post.valid_from] = post

    @classmethod
    async def read(cls, work: UnitOfWork) -> "_Known":
        staff, unit_id = StaffRepository(work.session), work.actor.unit_id
        return cls(staff, await staff.of_unit(unit_id), await staff.all_posts(unit_id))

    def matching(self, values: Mapping[str, Value]) -> list[StaffMember]:
        """The member with the code; without one, those with the name and no other code."""
        code = values.get("code")
        if code is not None and (found := self._by_code.get(str(code))):
            return [found]
        namesakes = self._by_name.get(fold(str(values["full_name"])), [])
        return [each for each in namesakes if each.voided_at is None and (code is None or each.code is None)]

    def post(self, member: StaffMember | None, values: Mapping[str, Value]) -> StaffPost | None:
        first = values.get("valid_from")
        if member is None or not isinstance(first, date):
            return None
        return self._posts.get((member.id, str(values["post"]), first))

    def add(self, member: StaffMember) -> None:
        self.staff.add(member)
        self._know(member)

    def add_post(self, post: StaffPost) -> None:
        self.staff.add(post)
        self._posts[post.staff_id, post.post, post.valid_from] = post

    def _know(self, member: StaffMember) -> None:
        if member.code is not None:
            self._by_code[member.code] = member
        self._by_name[member.folded_name].append(member)


def _faults(values: Mapping[str, Value]) -> list[Fault]:
    """A post needs its first day, a day needs its post, and a period ends after its start."""
    named_days = [name for name in ("valid_from", "valid_to") if name in values]
    found = []
    if "post" in values and "valid_from" not in values:
        found.append(Fault(REQUIRED, "valid_from"))
    if named_days and "post" not in values:
        found.append(Fault(REQUIRED, "post"))
    first, last = values.get("valid_from"), values.get("valid_to")
    if isinstance(first, date) and isinstance(last, date) and last <= first:
        found.append(Fault(ENDS_BEFORE_START, "valid_to"))
    return found
