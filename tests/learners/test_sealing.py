"""Sealed words of learners, their blind indexes, and what retention leaves. All invented."""

import itertools
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.models.learners.learners import Guardian, Learner, LearnerIdentifier
from app.models.sealed import EncryptedRow
from app.repositories.learners.learners import GuardianRepository, IdentifierRepository, LearnerRepository
from app.repositories.privacy.shredding import ShreddingRepository
from app.security.access.scope import ALL
from app.services.intakes.intakes import phone_indexes as informant_indexes
from app.services.learners.reindexing import reindex_learners
from tests.factories.http import API, list_items, ok
from tests.factories.learners import change_enrolment, create_class, create_pupil, guardian, write
from tests.factories.privacy import destroy_due_records, set_retention_periods
from tests.factories.units import StaffedUnit, create_unit
from tests.world import World

NUMBERS = [{"kind": "moet", "value": "0000000099"}, {"kind": "personal_number", "value": "083215000099"}]
PHONE = "0912 345 678"


@pytest.fixture
async def school(world: World) -> StaffedUnit:
    return await create_unit(world)


@pytest.fixture
async def learner_id(school: StaffedUnit) -> str:
    """A learner with two numbers and a guardian, who left."""
    row = await create_class(school.officer)
    pupil = await create_pupil(school.officer, row["id"], "Lê Thị Kín", ethnicity="01", identifiers=NUMBERS)
    ok(await write(school.officer, pupil.id, "guardians", guardian("Trần Thị Kín", phone=PHONE)), 201)
    ok(await change_enrolment(school.officer, pupil, status="04"), 201)
    return pupil.id


async def test_sealed_words_lie_under_one_key_and_open_at_their_place_alone(world: World, learner_id: str) -> None:
    async with world.runtime.work(ALL, write=False) as work:
        learner = await LearnerRepository(work.session).get(UUID(learner_id))
        identifiers = await IdentifierRepository(work.session).of_learner(learner.id)
        guardians = await GuardianRepository(work.session).of_learner(learner.id)
        rows: list[EncryptedRow] = [learner, *identifiers, *guardians]
        assert {row.key_id for row in rows} == {learner.key_id}
        assert [each.value for each in identifiers] == ["0000000099", None]
        sealed = [row for row in rows if row.sealed is not None]
        assert len(sealed) == 3
        assert not any(word in (row.sealed or "") for row in sealed for word in ("083215000099", "Kín", "345"))
        for one, other in itertools.permutations(sealed, 2):
            with suppress(ValueError):
                one.row_cipher.open(other.sealed or "", one._aad())
                pytest.fail("a value opens in another row")


async def test_a_guardians_number_matches_no_informants(world: World, learner_id: str) -> None:
    async with world.runtime.work(ALL, write=False) as work:
        index = await work.session.scalar(select(Guardian.phone_index).where(Guardian.learner_id == UUID(learner_id)))
        assert index is not None
        assert index not in informant_indexes(work, PHONE)


async def test_indexes_are_rebuilt_for_another_master_secret(world: World, learner_id: str) -> None:
    async def indexes() -> set[str | None]:
        async with world.runtime.work(ALL, write=False) as work:
            one = select(LearnerIdentifier.value_index).where(LearnerIdentifier.learner_id == UUID(learner_id))
            other = select(Guardian.phone_index).where(Guardian.learner_id == UUID(learner_id))
            return {*(await work.session.scalars(one)), *(await work.session.scalars(other))}

    async def rebuild() -> int:
        async with world.runtime.work(ALL) as work:
            return await reindex_learners(work)

    before = await indexes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.runtime.ring), "secret", lambda _, __: b"0" * 32)
        assert await rebuild() >= 3
        assert before.isdisjoint(await indexes())
    await rebuild()
    assert await indexes() == before


async def test_retention_clears_a_learner_who_left(world: World, school: StaffedUnit, learner_id: str) -> None:
    await set_retention_periods(world)
    async with world.runtime.work(ALL) as work:
        stored = await work.session.get_one(Learner, UUID(learner_id))
        assert stored.left_at is not None
        stored.left_at -= timedelta(days=6 * 366)
        await work.commit()
        keys = [shred.key_id for shred in await ShreddingRepository(work.session).keys_of("learner", stored.id)]
    assert len(keys) == 1
    await destroy_due_records(world)
    path = f"{API}/learners/{learner_id}"
    read = ok(await school.head.get(path))
    assert (read["full_name"], read["birth_date"], read["ethnicity"]) == (None, None, None)
    assert {each["value"] for each in ok(await school.head.get(f"{path}/identifiers"))} == {None}
    [cleared] = ok(await school.head.get(f"{path}/guardians"))
    assert (cleared["full_name"], cleared["phone"], cleared["relation"]) == (None, None, "mother")
    assert learner_id not in {each["id"] for each in await list_items(school.head, "learners")}
    async with world.runtime.work(ALL, write=False) as work:
        assert await ShreddingRepository(work.session).alive(keys) == set()
        left = select(Guardian.name_index, Guardian.phone_index).where(Guardian.learner_id == UUID(learner_id))
        assert (await work.session.execute(left)).one() == (None, None)
