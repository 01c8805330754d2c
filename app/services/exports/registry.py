"""Exports of the registry: a unit's learners, guardians, classes, enrolments and staff. No personal number goes out."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.core.problems import Text
from app.core.scoping import AccessClass, Tier
from app.core.vocabulary import IdentifierKind
from app.integrations.tables.kinds import CodeOf, OneOf
from app.models.learners.enrolments import Enrolment
from app.models.learners.learners import Learner
from app.schemas.exports import ExportIn
from app.security.access.roles import Resource
from app.services.exports.contract import PART, ExportedList, ExportField, ExportPart, Row, next_after
from app.services.uploads.contract import Dataset
from app.services.uploads.datasets.classes import Classes as ClassUploads
from app.services.uploads.datasets.guardians import Guardians as GuardianUploads
from app.services.uploads.datasets.learners import Learners as LearnerUploads
from app.services.uploads.datasets.staff import Staff as StaffUploads

RECORD: Final = ExportField("code", Text("Mã hồ sơ", "Record code"))


def _uploaded(dataset: type[Dataset], name: str, tier: Tier = Tier.FACTS) -> ExportField:
    """A column as uploads know it: what goes out comes in again."""
    column = dataset.columns.by_name[name]
    labels = {code: words[0] for code, words in column.kind.options} if isinstance(column.kind, OneOf) else None
    code_list = column.kind.list if isinstance(column.kind, CodeOf) else None
    return ExportField(name, column.head, code_list, labels, tier)


class Registry(ExportedList):
    resource = Resource.LEARNER
    access_class = AccessClass.LEARNER

    async def _enrolled(self, asked: ExportIn, after: UUID | None) -> tuple[Sequence[Enrolment], dict[UUID, Learner]]:
        """Some enrolments of the school year, and their learners."""
        enrolments = await self.exported.enrolments(str(asked.school_year), after, PART)
        return enrolments, await self.exported.learners([each.learner_id for each in enrolments])


class Learners(Registry):
    code = "learners"
    sorted_by = ("class_code", "sort_name")
    fields = (
        RECORD,
        _uploaded(LearnerUploads, "moet_code"),
        _uploaded(LearnerUploads, "school_code"),
        _uploaded(LearnerUploads, "full_name"),
        _uploaded(LearnerUploads, "birth_date"),
        _uploaded(LearnerUploads, "sex"),
        _uploaded(LearnerUploads, "ethnicity", Tier.IDENTITIES),
        _uploaded(LearnerUploads, "nationality", Tier.IDENTITIES),
        _uploaded(LearnerUploads, "disability", Tier.IDENTITIES),
        _uploaded(LearnerUploads, "class_code"),
        _uploaded(LearnerUploads, "status"),
        _uploaded(LearnerUploads, "status_on"),
    )

    async def part(self, asked: ExportIn, after: UUID | None) -> ExportPart:
        enrolments, learners = await self._enrolled(asked, after)
        classes = await self.exported.class_codes({each.class_id for each in enrolments})
        moet = await self.exported.codes(learners, IdentifierKind.MOET)
        own = await self.exported.codes(learners, IdentifierKind.SCHOOL)
        rows = [
            {
                "code": learner.code,
                "moet_code": moet.get(learner.id),
                "school_code": own.get(learner.id),
                "full_name": learner.full_name,
                "sort_name": learner.sort_name,
                "birth_date": learner.birth_date,
                "sex": learner.sex,
                "ethnicity": learner.ethnicity,
                "nationality": learner.nationality,
                "disability": learner.disability,
                "class_code": classes.get(each.class_id),
                "status": each.status,
                "status_on": each.status_on,
            }
            for each in enrolments
            if (learner := learners.get(each.learner_id)) is not None
        ]
        return ExportPart(rows, next_after(enrolments))


class Guardians(Registry):
    code = "guardians"
    sorted_by = ("sort_name", "code")
    fields = (
        RECORD,
        _uploaded(GuardianUploads, "moet_code"),
        ExportField("learner_name", Text("Họ và tên học sinh", "Learner's full name")),
        _uploaded(GuardianUploads, "relation"),
        _uploaded(GuardianUploads, "full_name"),
        _uploaded(GuardianUploads, "birth_year"),
        _uploaded(GuardianUploads, "phone"),
        ExportField("email", Text("Thư điện tử", "Email")),
        ExportField("may_be_contacted", Text("Được liên hệ", "May be contacted")),
        ExportField("may_know_whereabouts", Text("Được biết nơi học", "May know where the child is")),
    )

    async def part(self, asked: ExportIn, after: UUID | None) -> ExportPart:
        enrolments, learners = await self._enrolled(asked, after)
        moet = await self.exported.codes(learners, IdentifierKind.MOET)
        rows = [
            {
                "code": learners[each.learner_id].code,
                "moet_code": moet.get(each.learner_id),
                "learner_name": learners[each.learner_id].full_name,
                "sort_name": learners[each.learner_id].sort_name,
                "relation": each.relation,
                "full_name": each.full_name,
                "birth_year": each.birth_year,
                "phone": each.phone,
                "email": each.email,
                "may_be_contacted": each.may_be_contacted,
                "may_know_whereabouts": each.may_know_whereabouts,
            }
            for each in await self.exported.guardians(learners)
        ]
        return ExportPart(rows, next_after(enrolments))


class Classes(Registry):
    code = "classes"
    sorted_by = ("code",)
    fields = tuple(_uploaded(ClassUploads, name) for name in ("code", "name", "grade", "school_level"))

    async def part(self, asked: ExportIn, after: UUID | None) -> ExportPart:
        found = await self.exported.classes(str(asked.school_year), after, PART)
        self.work.audit_view(found)
        rows: list[Row] = [
            {"code": each.code, "name": each.name, "grade": each.grade, "school_level": each.school_level}
            for each in found
        ]
        return ExportPart(rows, next_after(found))


class Enrolments(Registry):
    code = "enrolments"
    sorted_by = ("class_code", "sort_name")
    fields = (
        RECORD,
        _uploaded(LearnerUploads, "moet_code"),
        _uploaded(LearnerUploads, "full_name"),
        ExportField("start_class_code", Text("Lớp đầu năm", "Class at entry")),
        _uploaded(LearnerUploads, "class_code"),
        _uploaded(LearnerUploads, "status"),
        _uploaded(LearnerUploads, "status_on"),
        ExportField("entered_on", Text("Ngày vào lớp đầu năm", "Entered on")),
        ExportField("left_on", Text("Ngày rời trường", "Left on")),
    )

    async def part(self, asked: ExportIn, after: UUID | None) -> ExportPart:
        enrolments, learners = await self._enrolled(asked, after)
        ids = {each.class_id for each in enrolments} | {each.start_class_id for each in enrolments}
        classes = await self.exported.class_codes(ids)
        moet = await self.exported.codes(learners, IdentifierKind.MOET)
        rows = [
            {
                "code": learner.code,
                "moet_code": moet.get(learner.id),
                "full_name": learner.full_name,
                "sort_name": learner.sort_name,
                "start_class_code": classes.get(each.start_class_id),
                "class_code": classes.get(each.class_id),
                "status": each.status,
                "status_on": each.status_on,
                "entered_on": each.entered_on,
                "left_on": each.left_on,
            }
            for each in enrolments
            if (learner := learners.get(each.learner_id)) is not None
        ]
        self.work.audit_view(enrolments)
        return ExportPart(rows, next_after(enrolments))


class Staff(Registry):
    """A row for each post; one without a post has one row."""

    code = "staff"
    sorted_by = ("sort_name", "valid_from")
    fields = tuple(_uploaded(StaffUploads, column.name) for column in StaffUploads.columns.all)

    async def part(self, asked: ExportIn, after: UUID | None) -> ExportPart:  # noqa: ARG002 — it has no school year
        found = await self.exported.staff(after, PART)
        self.work.audit_view(found)
        members, posted, rows = {each.id: each for each in found}, set[UUID](), list[Row]()
        for post in await self.exported.posts(members):
            member = members[post.staff_id]
            posted.add(member.id)
            held: Row = {"post": post.post, "valid_from": post.valid_from, "valid_to": post.valid_to}
            rows.append({"code": member.code, "full_name": member.full_name, "sort_name": member.sort_name, **held})
        for member in found:
            if member.id not in posted:
                none: Row = {"post": None, "valid_from": None, "valid_to": None}
                rows.append({"code": member.code, "full_name": member.full_name, "sort_name": member.sort_name, **none})
        return ExportPart(rows, next_after(found))
