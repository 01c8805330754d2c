"""Staff of a unit with their posts by date."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.database import ConstraintError
from app.core.filters import ListFilter
from app.core.paging import Page, PageRequest
from app.core.problems import NOT_FOUND
from app.models.learners.staff import StaffMember, StaffPost
from app.repositories.accounts import UserRepository
from app.repositories.learners.staff import StaffRepository
from app.schemas.learners.staff import PostIn, PostPatch, StaffMemberIn, StaffMemberPatch
from app.services.learners.problems import CODE_IN_USE, unknown
from app.services.learners.registry import check_period, edit, name_columns, own
from app.services.learners.rolls import rolls_changed
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


@dataclass(frozen=True, slots=True)
class PostedMember:
    """A member of staff with the posts in order."""

    member: StaffMember
    posts: Sequence[StaffPost]


class StaffService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.staff = StaffRepository(work.session)
        self.users = UserRepository(work.session)

    async def page(self, page: PageRequest, wanted: ListFilter) -> tuple[Page[StaffMember], list[Sequence[StaffPost]]]:
        found = await self.staff.listed(page, wanted)
        self.work.audit_view(found.items)
        posts = await self.staff.posts([each.id for each in found.items])
        return found, [[one for one in posts if one.staff_id == each.id] for each in found.items]

    async def get(self, staff_id: UUID) -> PostedMember:
        member = await self.staff.get(staff_id)
        self.work.audit_view([member])
        return PostedMember(member, await self.staff.posts([staff_id]))

    async def create(self, data: StaffMemberIn) -> PostedMember:
        """Raises `invalid` (422), `code_in_use` (409)."""
        await CodeListService(self.work).check(data, self.work.today)
        await self._check_user(data.user_id)
        for post in data.posts:
            check_period(post.valid_from, post.valid_to)
        values = data.model_dump(exclude={"posts", "full_name"})
        member = StaffMember(**values, **name_columns(data.full_name), **own(self.work))
        self.staff.add(member)
        await self._flush()
        for post in data.posts:
            self._add_post(member, post)
        await self.work.flush()
        return await self._posted(member)

    async def change(self, member: StaffMember, patch: StaffMemberPatch) -> PostedMember:
        """Apply a merge-patch. Raises `invalid` (422), `code_in_use` (409)."""
        await self._check_user(patch.user_id)
        names = name_columns(patch.full_name) if patch.full_name is not None else {}
        edit(self.work, member, patch.model_dump(exclude_unset=True) | names)
        await self._flush()
        return await self.get(member.id)

    async def post(self, member: StaffMember, data: PostIn) -> PostedMember:
        """Give a post. Raises `invalid` (422), `code_in_use` (409) for the same post from the same day."""
        await CodeListService(self.work).check(data, data.valid_from)
        check_period(data.valid_from, data.valid_to)
        void = await self.staff.void_post(member.id, data.post, data.valid_from)
        if void is None:
            self._add_post(member, data)
        else:
            void.valid_to, void.voided_at, void.edited_at = data.valid_to, None, self.work.now
        member.touch()
        await self._flush()
        return await self._posted(member)

    async def end_post(self, member: StaffMember, post_id: UUID, patch: PostPatch) -> PostedMember:
        """Raises `not_found` (404), `wrong_period` (422)."""
        post = await self.staff.post(member.id, post_id)
        if post is None:
            raise NOT_FOUND()
        if patch.valid_to is not None:
            check_period(post.valid_from, patch.valid_to)
            post.valid_to, post.edited_at = patch.valid_to, self.work.now
            member.touch()
        await self.work.flush()
        return await self._posted(member)

    async def _posted(self, member: StaffMember) -> PostedMember:
        """The member, whose unit's agreements of staff then follow."""
        await rolls_changed(self.work, member.unit_id)
        return await self.get(member.id)

    def _add_post(self, member: StaffMember, data: PostIn) -> None:
        now = self.work.now
        made: dict[str, Any] = {"recorded_at": now, "recorded_by": self.work.actor.id, "edited_at": now}
        self.staff.add(StaffPost(staff_id=member.id, org_path=member.org_path, **data.model_dump(), **made))

    async def _check_user(self, user_id: UUID | None) -> None:
        user = None if user_id is None else await self.users.find(user_id)
        if user_id is not None and (user is None or user.unit_id != self.work.actor.unit_id):
            raise unknown("/user_id")

    async def _flush(self) -> None:
        try:
            await self.work.flush()
        except ConstraintError as error:
            raise CODE_IN_USE() from error
