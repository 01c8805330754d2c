"""Rebuilding the blind indexes of learners' numbers, and of guardians' names and telephones."""

from uuid import UUID

from app.models.learners.learners import Guardian, LearnerIdentifier
from app.repositories.learners.learners import GuardianRepository, IdentifierRepository
from app.services.learners.identifiers import value_of
from app.services.learners.registry import (
    blind_index,
    email_index,
    guardian_name_index,
    identifier_index,
    phone_indexes,
)
from app.services.platform.unit_of_work import UnitOfWork

BATCH = 500
FIRST = UUID(int=0)


async def reindex_learners(work: UnitOfWork) -> int:
    """Rebuild every index after a change of the master secret, one commit per batch; return how many rows have one."""
    return await _identifiers(work) + await _guardians(work)


async def _identifiers(work: UnitOfWork) -> int:
    repository, done, last = IdentifierRepository(work.session), 0, FIRST
    while rows := await repository.after(last, BATCH):
        for row in rows:
            _index_identifier(work, row)
        done, last = done + len(rows), rows[-1].id
        await work.commit()
    return done


async def _guardians(work: UnitOfWork) -> int:
    repository, done, last = GuardianRepository(work.session), 0, FIRST
    while rows := await repository.after(last, BATCH):
        for row in rows:
            _index_guardian(work, row)
        done, last = done + len(rows), rows[-1].id
        await work.commit()
    return done


def _index_identifier(work: UnitOfWork, row: LearnerIdentifier) -> None:
    value = value_of(row)
    row.value_index = None if value is None else identifier_index(blind_index(work), row.kind, value)


def _index_guardian(work: UnitOfWork, row: Guardian) -> None:
    index, name = blind_index(work), row.full_name
    row.name_index = None if name is None else guardian_name_index(index, row.learner_id, name)
    row.email_index = email_index(index, row.email)
    for column, value in phone_indexes(index, row.phone).items():
        setattr(row, column, value)
