"""Schools full of learners for the benchmark of signatures: rows of one that was entered over HTTP, copied by SQL."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from benchmarks.schools import found_schools
from tests.factories.commitments import create_campaign, secondary_template
from tests.factories.http import ok
from tests.factories.learners import create_class, create_pupil, guardian, write
from tests.factories.units import create_unit
from tests.world import Client, World

LEARNERS_OF_A_CLASS: Final = 40
CLASSES_OF_A_SCHOOL: Final = 25
BOTH: Final = "'class_id', p.class_id, 'start_class_id', p.class_id"
# What a copied row has of its own, by table.
COPIES: Final = {
    "school_class": ("c", "jsonb_build_object('id', c.class_id, 'code', c.name, 'folded_code', c.name, {place})"),
    "learner": (
        "p",
        "jsonb_build_object('id', p.learner_id, 'person_id', gen_random_uuid(), 'code', 'BM-' || p.number, {place})",
    ),
    "guardian": ("p", "jsonb_build_object('id', gen_random_uuid(), 'learner_id', p.learner_id, {place})"),
    "enrolment": (
        "p",
        "jsonb_build_object('id', gen_random_uuid(), 'learner_id', p.learner_id, {both}, {place})",
    ),
}
CLASSES: Final = """
CREATE TEMP TABLE c AS SELECT gen_random_uuid() AS class_id, 'L' || n AS name, s.* FROM s, generate_series(1, {0}) n
"""
PUPILS: Final = """
CREATE TEMP TABLE p AS SELECT gen_random_uuid() AS learner_id, row_number() OVER () AS number, c.class_id, c.unit_id,
    c.org_path FROM c, generate_series(1, {0})
"""
CLASS_ROWS: Final = """
SELECT commitment_class.id, unit_id, array_agg(learner_id::text) AS learners
FROM commitment_class JOIN commitment_obligation o ON o.commitment_class_id = commitment_class.id
WHERE commitment_class.campaign_id = $1 AND party = 'guardian' GROUP BY commitment_class.id ORDER BY random()
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A department's campaign, and the heads of the schools that are to adopt it."""

    world: World
    url: str
    campaign_id: UUID
    heads: dict[UUID, Client]
    learners: int

    def renew(self) -> None:
        """A fresh token for each head, for the fifteen minutes that one lasts."""
        for head in self.heads.values():
            self.world.renew(head)


@dataclass(frozen=True, slots=True)
class Class:
    """A class in the campaign, with its learners."""

    id: UUID
    head: Client
    learners: tuple[str, ...]


async def build(world: World, url: str, schools: int) -> Line:
    _, heads = await found_schools(world, schools)
    model = await create_unit(world)
    row = await create_class(model.officer)
    pupil = await create_pupil(model.officer, row["id"])
    ok(await write(model.officer, pupil.id, "guardians", guardian()), 201)
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TEMP TABLE s AS SELECT id AS unit_id, org_path FROM unit WHERE kind = 'school'")
    await connection.execute("DELETE FROM s WHERE unit_id <> ALL($1::uuid[])", list(heads))
    await connection.execute(CLASSES.format(CLASSES_OF_A_SCHOOL))
    await connection.execute(PUPILS.format(LEARNERS_OF_A_CLASS))
    for table, (source, own) in COPIES.items():
        key = row["id"] if table == "school_class" else pupil.id
        column = "id" if table in {"school_class", "learner"} else "learner_id"
        members = own.format(both=BOTH, place=f"'org_path', {source}.org_path, 'unit_id', {source}.unit_id")
        await connection.execute(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(m, {members})).* FROM {table} m, {source}"  # noqa: S608 — constants
            f" WHERE m.{column} = '{UUID(key)}'"
        )
    learners = await connection.fetchval("SELECT count(*) FROM p")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    director = await world.client("so.head")
    campaign = await create_campaign(director, [await secondary_template(director)])
    return Line(world, url, UUID(campaign), heads, learners)


async def classes_of(line: Line) -> list[Class]:
    """The classes that were adopted, in no order."""
    connection = await asyncpg.connect(line.url)
    await connection.execute("ANALYZE")
    rows = await connection.fetch(CLASS_ROWS, line.campaign_id)
    await connection.close()
    return [Class(row["id"], line.heads[row["unit_id"]], tuple(row["learners"])) for row in rows]
