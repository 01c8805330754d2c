"""What a table declares decides over its rows; a table that leaves it open stops the start."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Table, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Mapped, registry

from app.core.ids import new_id
from app.core.paging import PageRequest
from app.core.scoping import AccessClass
from app.core.time import utc_now
from app.models import registry as declared
from app.models.base import Base, Identified, Scoped, follows
from app.models.cases.incidents import Incident
from app.models.declarations import ITSELF, About, PartOf, Reference, Related, Retained
from app.models.openings import Named
from app.models.platform.data_keys import DataKey
from app.models.registry import UndeclaredError, check
from app.models.sealed import EncryptedRow
from app.reference.tables import rows
from app.repositories.privacy.retention import DueFilter, RetentionRepository, Zone
from app.repositories.privacy.shredding import ShreddingRepository
from app.security.access import policies
from app.security.access.criteria import readable
from app.security.access.policies import APP_ROLE
from app.security.access.scope import ALL, EVERYTHING, Scope
from app.security.audit.trail import Trace
from app.security.crypto.shred_ledger import Shred
from app.services.platform.unit_of_work import UnitOfWork
from app.services.setup.declarations import check_declarations, check_retention_classes
from tests.factories.units import create_unit
from tests.world import World

FIRST = PageRequest(10, None)
MISSING = ("code", "holder_id", "index", "recorded_at")


class Trial(Base):
    """Tables of these tests: mapped beside the application's, and among them for as long as a test asks for it."""

    __abstract__ = True
    _sa_registry = registry(metadata=Base.metadata, type_annotation_map=Base.registry.type_annotation_map)


@pytest.fixture(autouse=True)
def _no_table_stays() -> Iterator[None]:
    before = set(Base.metadata.tables.values())
    yield
    Trial._sa_registry.dispose()
    for table in set(Base.metadata.tables.values()) - before:
        Base.metadata.remove(table)


def part() -> Any:
    class TrialPart(Identified, EncryptedRow, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_part"
        __access_class__ = AccessClass.CASE
        __belongs_to__ = (PartOf("incident", "incident_id"),)
        __table_args__ = (follows("incident", "incident_id"),)
        incident_id: Mapped[UUID]

    return TrialPart


def reference(kind: type[Reference] = Reference) -> Any:
    class TrialReference(Identified, EncryptedRow, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_reference"
        __access_class__ = AccessClass.CASE
        __belongs_to__ = ITSELF
        __retained__ = Retained("trial", began={"recorded": "recorded_at"}, held_with="incident_id")
        __refers_to__ = (kind("incident", "incident_id"),)
        code: Mapped[str]
        holder_id: Mapped[UUID]
        recorded_at: Mapped[datetime]
        incident_id: Mapped[UUID]

    return TrialReference


def test_every_table_declares_what_it_must() -> None:
    check_declarations()


def test_a_sealed_table_that_belongs_to_nothing_is_refused() -> None:
    class TrialSealed(Identified, EncryptedRow, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_sealed"
        __access_class__ = AccessClass.CASE

    with pytest.raises(UndeclaredError, match="TrialSealed is sealed and declares no __belongs_to__"):
        check([TrialSealed])


def test_a_column_that_names_an_incident_is_a_part_or_a_reference() -> None:
    class TrialNamed(Identified, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_named"
        __access_class__ = AccessClass.CASE
        incident_id: Mapped[UUID]

    class TrialKeyed(Identified, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_keyed"
        __access_class__ = AccessClass.CASE
        __table_args__ = (follows("incident", "breach_id"),)
        breach_id: Mapped[UUID]

    with pytest.raises(
        UndeclaredError, match=r"TrialNamed\.incident_id is neither .* TrialKeyed\.breach_id is neither"
    ):
        check([TrialNamed, TrialKeyed])
    check([part(), reference()])


def test_what_is_declared_has_to_exist() -> None:
    class TrialLost(Identified, EncryptedRow, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_lost"
        __access_class__ = AccessClass.CASE
        __belongs_to__ = (PartOf("incident", "case_id"), PartOf("unit", "id"))

    with pytest.raises(UndeclaredError, match=r"column='case_id'\), which does not exist.*owner='unit'"):
        check([TrialLost])


def test_what_opens_writing_is_tied_to_the_path_of_the_row() -> None:
    class TrialOpened(Identified, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_opened"
        __access_class__ = AccessClass.CASE
        __opened_by__ = (Named(unit="writer_id", writes=True), Named(unit="reader_id"))
        writer_id: Mapped[UUID]
        reader_id: Mapped[UUID]

    with pytest.raises(UndeclaredError, match=r"^TrialOpened\.writer_id opens writing[^;]*$"):
        check([TrialOpened])


async def test_the_start_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.services.setup.start import open_runtime

    class TrialStart(Identified, EncryptedRow, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_start"
        __access_class__ = AccessClass.CASE

    mapped = declared.all_models()
    monkeypatch.setattr(declared, "all_models", lambda: [*mapped, TrialStart])
    with pytest.raises(UndeclaredError, match="TrialStart"):
        open_runtime(world.runtime.settings)


async def test_destroyed_case_includes_its_parts_but_not_referring_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, mapped = [part(), reference()], declared.all_models()
    monkeypatch.setattr(declared, "all_models", lambda: [*mapped, *models])
    async with tables(world, *models), world.runtime.work(ALL) as work:
        incident = await an_incident(world, work)
        keys = [row.key_id for row in await sealed_rows(work, incident, *models)]
        ending = {shred.key_id for shred in await ShreddingRepository(work.session).keys_of("incident", incident.id)}
        assert incident.key_id in ending
        assert [key in ending for key in keys] == [True, False]
        await work.session.rollback()


async def test_a_retained_record_is_found_and_destroyed_by_its_declaration(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, mapped = reference(), declared.all_models()
    monkeypatch.setattr(declared, "all_models", lambda: [*mapped, model])
    async with tables(world, model), world.runtime.work(ALL) as work:
        incident = await an_incident(world, work)
        (row,) = await sealed_rows(work, incident, model)
        retention, shredding = RetentionRepository(work.session), ShreddingRepository(work.session)

        async def due(began_before: timedelta) -> list[tuple[UUID, UUID | None]]:
            due_filter = DueFilter("trial", "recorded", EVERYTHING, [Zone("/", work.now + began_before)], work.today)
            return [(each.id, each.incident_id) for each in await retention.due(due_filter, FIRST, unheld=False)]

        assert await due(timedelta(days=-1)) == []
        assert await due(timedelta(days=1)) == [(row.id, incident.id)]
        assert await shredding.keys_of("trial", row.id) == [Shred(row.key_id, "trial")]
        await shredding.destroy([row.key_id], work.now)
        assert await due(timedelta(days=1)) == []
        await work.session.rollback()


def test_retention_classes_and_declarations_name_each_other() -> None:
    classes = list(rows("retention_classes"))
    check_retention_classes(classes)
    for wrong in ({"covers": "trial"}, {"starts_on": "answered"}):
        with pytest.raises(UndeclaredError, match=f"retention class {classes[-1]['code']}"):
            check_retention_classes([*classes, classes[-1] | wrong])
    with pytest.raises(UndeclaredError, match="no retention class covers subject_request"):
        check_retention_classes(each for each in classes if each["covers"] != "subject_request")


def test_a_record_that_belongs_to_itself_is_retained_by_what_exists() -> None:
    class TrialEndless(Identified, EncryptedRow, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_endless"
        __access_class__ = AccessClass.CASE
        __belongs_to__ = ITSELF

    class TrialMistaken(Identified, EncryptedRow, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_mistaken"
        __access_class__ = AccessClass.CASE
        __belongs_to__ = ITSELF
        __retained__ = Retained("mistaken", began={"recorded": "recorded_at"}, blanked=("index",))

    with pytest.raises(UndeclaredError) as refused:
        check([TrialEndless, TrialMistaken])
    assert str(refused.value).split("; ") == [
        "TrialEndless belongs to itself and declares no __retained__: it would never end",
        *(f"TrialMistaken is retained by {name}, which does not exist" for name in MISSING),
    ]


@pytest.mark.parametrize(
    ("kind", "is_audited", "is_apart"), [(Reference, False, False), (Related, True, False), (About, True, True)]
)
def test_the_audit_and_former_staff_follow_what_a_row_is_about(
    kind: type[Reference], *, is_audited: bool, is_apart: bool
) -> None:
    incident_id, former = new_id(), Scope(former_units=frozenset({new_id()})).terms(AccessClass.CASE)
    made = [a_row(model, incident_id, "/a/") for model in (part(), reference(kind))]
    assert [_subjects(row) for row in made] == [[incident_id], [incident_id] if is_audited else []]
    assert ["NOT IN" in str(readable(type(row), former)) for row in made] == [True, is_apart]


def test_what_has_an_end_of_its_own_is_agreed() -> None:
    """Review a change here as one of security: what is no part of a case outlives it, and opens or hides nothing."""
    models = declared.all_models()
    alone = {model.__tablename__ for model in models if model.__belongs_to__ == ITSELF}
    assert alone == {
        "commitment_agreement",
        "commitment_class",
        "export",
        "incident",
        "informant_search",
        "intake",
        "learner",
        "learner_lookup",
        "report",
        "subject_request",
        "upload",
    }
    assert {model.__tablename__: model.__refers_to__ for model in models if model.__refers_to__} == {
        "commitment_count": (Reference("commitment_class", "commitment_class_id"),),
        "commitment_obligation": (Reference("learner", "learner_id"),),
        "enrolment": (Related("learner", "learner_id"),),
        "enrolment_status": (Related("learner", "learner_id"),),
        "incident_merge": (Related("incident", "survivor_id"),),
        "intake_set_aside": (Related("intake", "same_as_id"),),
        "learner_protection": (Reference("learner", "learner_id"),),
        "learner_transfer": (Reference("learner", "learner_id"), Reference("upload", "upload_id")),
        "notice": (About("incident", "incident_id"),),
        "report_contribution": (About("report", "report_id"),),
        "report_disclosure": (About("report", "report_id"),),
        "report_figure": (About("report", "report_id"),),
        "reporter_unit": (About("report", "report_id"),),
        "subject_request": (About("incident", "incident_id"),),
        "upload_fault": (Reference("upload", "upload_id"),),
        "upload_mapping": (Reference("upload", "upload_id"),),
        "upload_part": (Reference("upload", "upload_id"),),
        "urgent_report_text": (Reference("report", "report_id"),),
    }


@pytest.mark.parametrize(
    ("updatable", "append_only", "rights"),
    [
        (None, False, ["SELECT", "INSERT", "UPDATE", "DELETE"]),
        (("org_path",), False, ["SELECT", "INSERT", "UPDATE (org_path)", "DELETE"]),
        (("org_path", "id"), True, ["SELECT", "INSERT", "UPDATE (org_path, id)"]),
        ((), True, ["SELECT", "INSERT"]),
    ],
)
def test_the_grants_follow_what_is_updatable_and_append_only(
    updatable: tuple[str, ...] | None, *, append_only: bool, rights: list[str]
) -> None:
    class TrialGrant(Identified, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_grant"
        __access_class__ = AccessClass.CASE
        __updatable__ = updatable
        __append_only__ = append_only

    check([TrialGrant])
    assert list(policies._rights(TrialGrant)) == rights


def test_a_column_that_is_updatable_exists() -> None:
    class TrialUpdatable(Identified, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_updatable"
        __access_class__ = AccessClass.CASE
        __updatable__ = ("state",)

    with pytest.raises(UndeclaredError, match=r"TrialUpdatable\.state is updatable and does not exist"):
        check([TrialUpdatable])


def test_what_is_written_is_audited_unless_the_table_says_otherwise() -> None:
    class TrialSilent(Identified, Scoped, Trial, kw_only=True):
        __tablename__ = "trial_silent"
        __access_class__ = AccessClass.CASE
        __audited__ = False

    trace = Trace()
    trace.wrote("insert", part()(incident_id=new_id(), org_path="/a/"))
    trace.wrote("insert", TrialSilent(org_path="/a/"))
    assert set(trace.written) == {"trial_part"}


def _subjects(row: Any) -> list[UUID]:
    trace = Trace()
    trace.saw([row])
    return trace.subjects


def a_row(model: Any, incident_id: UUID, org_path: str) -> Any:
    described = {"code": "THỬ", "holder_id": new_id(), "recorded_at": utc_now()} if hasattr(model, "code") else {}
    return model(incident_id=incident_id, org_path=org_path, **described)


async def an_incident(world: World, work: UnitOfWork) -> Incident:
    school = await create_unit(world)
    return await work.session.get_one(Incident, UUID((await school.head.create_intake())["incident_id"]))


async def sealed_rows(work: UnitOfWork, incident: Incident, *models: Any) -> list[Any]:
    """A row of each table about the incident, each under a key of its own."""
    made = [a_row(model, incident.id, incident.org_path) for model in models]
    for row in made:
        key = DataKey(wrapping="trial", wrapped="trial", created_at=work.now)
        work.session.add(key)
        row.key_id = key.id
    work.session.add_all(made)
    await work.flush()
    return made


@asynccontextmanager
async def tables(world: World, *models: Any) -> AsyncIterator[None]:
    """Tables of a test in the database of a world, as a migration would make them."""

    made: list[Table] = [model.__table__ for model in models]

    def create(connection: Connection) -> None:
        for table in made:
            table.create(connection)
            if world.database is not None:
                connection.execute(text(f"GRANT ALL ON {table.name} TO {APP_ROLE}"))

    def drop(connection: Connection) -> None:
        for table in made:
            table.drop(connection)

    owner = world.runtime.engine if world.database is None else create_async_engine(world.database.owner_url)
    async with owner.begin() as connection:
        await connection.run_sync(create)
    yield
    async with owner.begin() as connection:
        await connection.run_sync(drop)
    if world.database is not None:
        await owner.dispose()
