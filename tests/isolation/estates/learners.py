"""A class with its teachers, a learner with all that belongs to one, a campus and a member of staff of the holder."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core.ids import case_code
from app.models.learners.campuses import Campus
from app.models.learners.classes import ClassTeacher, SchoolClass
from app.models.learners.enrolments import Enrolment, EnrolmentStatus
from app.models.learners.learners import Guardian, Learner, LearnerIdentifier
from app.models.learners.lookups import LearnerLookup
from app.models.learners.protections import LearnerProtection
from app.models.learners.staff import StaffMember, StaffPost
from app.models.learners.transfers import LearnerTransfer
from tests.isolation.plot import Plot
from tests.isolation.rule import Actor, has_registry, is_taught
from tests.province import STAFF

FIRST = date(2024, 9, 5)


def plant(plot: Plot) -> None:
    own, taught = f"zq{plot.number:06d}t0zq", f"zq{plot.number:06d}t4zq"
    plot.readers[own] = lambda actor: has_registry(actor, plot.case)
    plot.readers[taught] = lambda actor: is_taught(actor, plot.case)
    held: dict[str, Any] = {"org_path": plot.path, "created_at": plot.now, "created_by": plot.bystander}
    class_id = _plant_classes(plot, held, taught)
    learner_id = _plant_learner(plot, held, own, taught)
    _plant_enrolment(plot, held, learner_id, class_id)
    campus = Campus(**held, unit_id=plot.holder, code=own, folded_code=own, name=own, valid_from=FIRST)
    member = StaffMember(**held, unit_id=plot.holder, full_name=own, folded_name=own, sort_name=own)
    recorded: dict[str, Any] = {"recorded_at": plot.now, "recorded_by": plot.bystander}
    post = StaffPost(staff_id=member.id, org_path=plot.path, post="guard", valid_from=FIRST, **recorded)
    plot.add(campus, member, post)
    lookup = LearnerLookup(
        org_path=plot.path,
        code=case_code(plot.now.year),
        kind="moet",
        reason=own,
        cipher=plot.work.new_cipher(),
        looked_up_at=plot.now,
        looked_up_by=plot.bystander,
        by_role="bureau_head",
        by_unit_id=plot.holder,
    )
    plot.add(lookup)
    protection = LearnerProtection(
        org_path=plot.path,
        unit_id=plot.holder,
        learner_id=learner_id,
        school_id=plot.holder,
        valid_from=FIRST,
        decision_number=own,
        set_at=plot.now,
        set_by=plot.bystander,
    )
    plot.add(protection)
    transfer = LearnerTransfer(
        org_path=plot.path,
        unit_id=plot.holder,
        side="departure",
        code=own,
        learner_id=learner_id,
        school_id=plot.holder,
        status="04",
        moved_on=FIRST,
        made_on=FIRST,
        waits_until=date(2090, 1, 1),
    )
    plot.add(transfer)
    plot.record("transfer_id", transfer.id, lambda actor: has_registry(actor, plot.case))
    plot.record("protection_id", protection.id, lambda actor: has_registry(actor, plot.case))
    plot.record("lookup_id", lookup.id, lambda actor: has_registry(actor, plot.case))
    for name, key in (("campus_id", campus.id), ("staff_id", member.id), ("post_id", post.id)):
        plot.record(name, key, lambda actor: has_registry(actor, plot.case))


def _plant_classes(plot: Plot, held: dict[str, Any], word: str) -> UUID:
    def reads(actor: Actor) -> bool:
        return is_taught(actor, plot.case)

    place: dict[str, Any] = {
        "unit_id": plot.holder,
        "code": word,
        "folded_code": word,
        "name": word,
        "school_level": "primary",
    }
    row = SchoolClass(**held, **place, school_year="2024-2025")
    other = SchoolClass(**held, **place, school_year="2025-2026")
    plot.add(row, other)
    plot.record("class_id", row.id, reads)
    plot.record("other_class_id", other.id, lambda actor: has_registry(actor, plot.case))
    recorded: dict[str, Any] = {"recorded_at": plot.now, "recorded_by": plot.bystander}
    teachers = {name: key for name, key in plot.users.items() if name.endswith(".teacher")}
    days = [
        (key, FIRST + timedelta(days=at), date(2090, 1, 1))
        for at, (name, key) in enumerate(sorted(teachers.items()))
        if STAFF[name.split(".")[0]][0] == plot.case.holder
    ]
    # One that is over, so that each class has one.
    days.append((plot.bystander, date(2024, 8, 1), date(2024, 8, 2)))
    for user_id, first, end in days:
        teacher = ClassTeacher(
            class_id=row.id, org_path=plot.path, user_id=user_id, valid_from=first, valid_to=end, **recorded
        )
        plot.add(teacher)
    plot.record("teacher_id", teacher.id, lambda actor: has_registry(actor, plot.case))
    return row.id


def _plant_learner(plot: Plot, held: dict[str, Any], own: str, taught: str) -> UUID:
    named: dict[str, Any] = {"full_name": taught, "folded_name": taught, "sort_name": taught}
    cipher = plot.work.new_cipher()
    learner = Learner(**held, **named, unit_id=plot.holder, code="HS-0", sex="female", ethnicity=own, cipher=cipher)
    identifier = LearnerIdentifier(
        **held, learner_id=learner.id, kind="moet", value=own, value_index=own, valid_from=FIRST, cipher=cipher
    )
    guardian = Guardian(
        **held,
        learner_id=learner.id,
        relation="mother",
        full_name=taught,
        has_contact_details=False,
        valid_from=FIRST,
        cipher=cipher,
    )
    plot.add(learner, identifier, guardian)
    for name, key in (("learner_id", learner.id), ("guardian_id", guardian.id)):
        plot.record(name, key, lambda actor: is_taught(actor, plot.case))
    plot.record("identifier_id", identifier.id, lambda actor: has_registry(actor, plot.case))
    return learner.id


def _plant_enrolment(plot: Plot, held: dict[str, Any], learner_id: UUID, class_id: UUID) -> None:
    enrolment = Enrolment(
        **held,
        learner_id=learner_id,
        school_year="2024-2025",
        start_class_id=class_id,
        class_id=class_id,
        status="01",
        status_on=FIRST,
        entered_on=FIRST,
    )
    status = EnrolmentStatus(
        org_path=plot.path,
        enrolment_id=enrolment.id,
        learner_id=learner_id,
        status="01",
        class_id=class_id,
        valid_from=FIRST,
        recorded_at=plot.now,
        recorded_by=plot.bystander,
    )
    plot.add(enrolment, status)
    plot.record("enrolment_id", enrolment.id, lambda actor: is_taught(actor, plot.case))
