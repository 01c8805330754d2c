"""What is sealed of a class, and what retention leaves of it. All invented."""

import itertools
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest

from app.models.commitments.classes import CommitmentClass
from app.models.sealed import EncryptedRow
from app.repositories.commitments.classes import (
    CommitmentClassRepository,
    CommitmentFileRepository,
    EntryRepository,
    ObligationRepository,
)
from app.repositories.privacy.shredding import ShreddingRepository
from app.security.access.scope import ALL
from tests.factories.commitments import Signing, create_signing, record, rows
from tests.factories.http import assert_problem, ok
from tests.factories.privacy import destroy_due_records, set_retention_periods
from tests.factories.units import create_unit
from tests.files.samples import TEXT
from tests.world import World


@pytest.fixture
async def signing(world: World) -> Signing:
    """Two refusals with their reasons, and a scan."""
    made = await create_signing(await create_unit(world), pupils=2)
    scan = await made.school.head.call(
        "POST", f"{made.path}/files", content=TEXT, headers={"Content-Type": "text/plain"}
    )
    ok(
        await record(
            made.school.head, made, rows(made.pupils, "refused", reason="Kín (bịa)"), file_id=ok(scan, 201)["id"]
        )
    )
    return made


async def test_words_lie_under_the_classes_key_and_go_with_it(world: World, signing: Signing) -> None:
    await set_retention_periods(world)
    async with world.runtime.work(ALL) as work:
        row = await CommitmentClassRepository(work.session).get(UUID(signing.id))
        entries = await EntryRepository(work.session).of_class(row.id)
        obligations = await ObligationRepository(work.session).of_classes([row.id])
        sealed: list[EncryptedRow] = [*entries, *await CommitmentFileRepository(work.session).of_owner(row.id)]
        assert {each.key_id for each in (*sealed, *obligations)} == {row.key_id}
        assert [bool(each.sealed) and "Kín" not in (each.sealed or "") for each in sealed] == [True, True, True]
        for one, other in itertools.permutations(sealed, 2):
            with suppress(ValueError):
                one.row_cipher.open(other.sealed or "", one._aad())
                pytest.fail("a value opens in another row")
        stored = await work.session.get_one(CommitmentClass, row.id)
        stored.opened_at -= timedelta(days=6 * 366)
        await work.commit()
        keys = [shred.key_id for shred in await ShreddingRepository(work.session).keys_of("commitment", row.id)]
    assert len(keys) == 1
    await destroy_due_records(world)
    shown = ok(await signing.school.head.get(signing.path))
    assert (shown["destroyed_at"] is not None, shown["learners"], shown["next_actions"]) == (True, [], [])
    assert {each["reason"] for each in ok(await signing.school.head.get(f"{signing.path}/entries"))} == {None}
    refused = await record(signing.school.head, signing, rows(signing.pupils, "signed", "pupil"))
    assert_problem(refused, 409, "destroyed")
