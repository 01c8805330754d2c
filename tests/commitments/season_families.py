"""Families of many schools for a season of reminders, written as rows, without a request for each. All invented."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import select

from app.core.ids import new_id
from app.core.time import start_of
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentObligation
from app.models.learners.classes import SchoolClass
from app.models.learners.enrolments import Enrolment
from app.models.learners.learners import Guardian, Learner, code_of
from app.models.sealed import Cipher
from app.repositories.commitments.classes import ObligationRepository
from app.repositories.units import UnitRepository
from app.schemas.units import UnitDescription
from app.security.access.scope import ALL
from app.security.crypto.blind_index import BlindIndex
from app.services.commitments.in_step import InStepService
from app.services.learners.registry import PHONE, blind_index, guardian_name_index
from app.services.units import UnitService
from tests.factories.learners import YEAR
from tests.factories.units import FOUNDED
from tests.world import World

CLASS_SIZE: Final = 40
# Shares of learners with a sibling, and with a second guardian.
SIBLINGS, SECOND = 0.3, 0.1
NAME: Final = {"full_name": "Lê Thị Bịa", "folded_name": "le thi bia", "sort_name": "bia"}
# What second guardians are; nobody of the first three may ever be written to.
BARRED: Final = ("former", "not contacted", "not knowing where")
KINDS: Final = (*BARRED, "leaving", "in office")
FIRST_NUMBER, SECOND_NUMBER = 920_000_000, 910_000_000
LEAVES_AFTER: Final = 5
T = TypeVar("T")
Place = tuple[UUID, str]


def parts(found: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (found[at : at + size] for at in range(0, len(found), size))


@dataclass(frozen=True, slots=True)
class Second:
    """The second guardian of a child, who may be written to or not."""

    id: UUID
    number: str
    kind: str


@dataclass(slots=True)
class Child:
    """A child of a family, with what its guardians are asked."""

    second: Second | None = None
    owed: dict[str, Any] = field(default_factory=dict)


class Families:
    """Families by the number of the first guardian, who is one person to all children, at whichever school."""

    def __init__(self, world: World, campaign_id: UUID, chance: random.Random) -> None:
        self.world, self.campaign_id, self.chance = world, campaign_id, chance
        self.children = dict[str, list[Child]]()
        self.places = list[Place]()
        self._of_learner = dict[UUID | None, Child]()

    async def found(self, schools: int) -> None:
        """Schools without staff, below a bureau of their own."""
        async with self.world.runtime.work(ALL) as work:
            department = await UnitRepository(work.session).get(self.world.units["department"])
            bureau = await UnitService(work).create_unchecked("bureau", department, _described("Phòng mùa nhắc"))
            for at in range(schools):
                school = await UnitService(work).create_unchecked("school", bureau, _described(f"Trường mùa nhắc {at}"))
                self.places.append((school.id, school.org_path))
            await work.commit()

    async def enrol(self, families: int, start: date) -> None:
        """Put families of one or two children on the rolls, siblings perhaps at two schools."""
        homes = defaultdict[UUID, list[str]](list)
        for at in range(families):
            for _ in range(1 + (self.chance.random() < SIBLINGS)):
                homes[self.chance.choice(self.places)[0]].append(f"+84{FIRST_NUMBER + at}")
        for unit_id, path in self.places:
            async with self.world.runtime.work(ALL) as work:
                work.list_elsewhere("season", unit_id)
                school = School(unit_id, path, start, work.new_cipher(), blind_index(work))
                for at, some in enumerate(parts(homes[unit_id], CLASS_SIZE)):
                    school.add_class(at)
                    for number in some:
                        child = Child(self._second())
                        self.children.setdefault(number, []).append(child)
                        self._of_learner[school.add_learner(number, child.second)] = child
                await work.flush()
                await ObligationRepository(work.session).insert_rows(school.rows)
                await work.commit()

    def _second(self) -> Second | None:
        if self.chance.random() >= SECOND:
            return None
        other = f"+84{SECOND_NUMBER + len(self._of_learner)}"
        return Second(new_id(), other, self.chance.choice(KINDS))

    async def adopt(self) -> None:
        """Put the classes into the campaign, as a school does, and remember what each family is asked."""
        for unit_id, path in self.places:
            async with self.world.runtime.work(ALL) as work:
                campaigns = select(CommitmentCampaign).where(CommitmentCampaign.id == self.campaign_id)
                (campaign,) = await work.session.scalars(campaigns)
                async with work.within_unit(path):
                    await InStepService(work, unit_id, path).bring(campaign, unit_id)
                owed = CommitmentObligation
                query = select(owed.id, owed.class_id, owed.learner_id).where(
                    owed.campaign_id == self.campaign_id, owed.org_path == path, owed.party == "guardian"
                )
                for key, class_id, learner_id in await work.session.execute(query):
                    self._of_learner[learner_id].owed = {"id": key, "org_path": path, "class_id": class_id}
                await work.commit()

    async def count(self) -> None:
        """Let the database count its rows, as it does by itself in the days between an upload and a reminder."""
        if self.world.database is not None:
            connection = await asyncpg.connect(self.world.database.admin_url)
            await connection.execute("ANALYZE")
            await connection.close()


class School:
    """The rows of a school's classes and learners, with the day on which they are entered."""

    def __init__(self, unit_id: UUID, path: str, day: date, cipher: Cipher, index: BlindIndex) -> None:
        self.unit_id, self.day, self.cipher, self.index = unit_id, day, cipher, index
        self.place = {"org_path": path, "created_at": start_of(day), "created_by": unit_id}
        self.rows: dict[type[Any], list[dict[str, Any]]] = {
            each: [] for each in (SchoolClass, Learner, Enrolment, Guardian)
        }

    def add_class(self, at: int) -> None:
        self.class_id = new_id()
        code = {"code": f"S{at}", "folded_code": f"s{at}", "name": f"Lớp S{at} (bịa)"}
        row = {"id": self.class_id, "unit_id": self.unit_id, "school_year": YEAR, "school_level": "lower_secondary"}
        self.rows[SchoolClass].append({**row, **code, **self.place})

    def add_learner(self, number: str, second: Second | None) -> UUID:
        key = new_id()
        row = {"id": key, "unit_id": self.unit_id, "code": code_of(key), "sex": "female"}
        self.rows[Learner].append({**row, **NAME, **self.place})
        of_class = {"school_year": YEAR, "start_class_id": self.class_id, "class_id": self.class_id}
        days = {"status": "01", "status_on": self.day, "entered_on": self.day}
        self.rows[Enrolment].append({"learner_id": key, **of_class, **days, **self.place})
        self._add_guardian(new_id(), key, "mother", number)
        if second is not None:
            self._add_guardian(second.id, key, "father", second.number, second.kind)
        return key

    def _add_guardian(self, key: UUID, learner_id: UUID, relation: str, number: str, kind: str = "") -> None:
        ends = {"former": self.day, "leaving": self.day + timedelta(days=LEAVES_AFTER)}
        self.rows[Guardian].append(
            {
                "id": key,
                "learner_id": learner_id,
                "relation": relation,
                "has_contact_details": True,
                "may_be_contacted": kind != "not contacted",
                "may_know_whereabouts": kind != "not knowing where",
                "phone_index": self.index.of_value(PHONE, number),
                "name_index": guardian_name_index(self.index, learner_id, NAME["full_name"]),
                "valid_from": self.day - timedelta(days=1),
                "valid_to": ends.get(kind),
                **Guardian.sealed_as(key, self.cipher, {"phone": number}),
                **self.place,
            }
        )


def _described(name: str) -> UnitDescription:
    return UnitDescription(name_vi=f"{name} (mẫu)", effective_on=FOUNDED, decision_number="02/QĐ-MẪU")
