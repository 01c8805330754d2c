"""Classes, learners with guardians, and staff, entered over HTTP. All invented."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from app.core.time import today
from tests.factories.http import API, ok, read_etag
from tests.world import Client

YEAR = "2026-2027"
NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Pupil:
    """A learner with the class and the enrolment of this year."""

    id: str
    class_id: str
    enrolment_id: str

    @property
    def path(self) -> str:
        return f"{API}/learners/{self.id}"


async def create_class(client: Client, code: str | None = None, **more: Any) -> dict[str, Any]:
    number = code or f"6A{next(NUMBERS)}"
    body = {"school_year": YEAR, "code": number, "name": f"Lớp {number} (mẫu)", "school_level": "lower_secondary"}
    made: dict[str, Any] = ok(await client.post(f"{API}/classes", {**body, "grade": "6", **more}), 201)
    return made


async def appoint(client: Client, class_id: str, teacher: Client, **more: Any) -> dict[str, Any]:
    """Make somebody the homeroom teacher of a class from today on, or from another day."""
    path = f"{API}/classes/{class_id}"
    body = {"user_id": str(teacher.user_id), "valid_from": today().isoformat(), **more}
    answer = await client.post(f"{path}/teachers", body, headers={"If-Match": await read_etag(client, path)})
    appointed: dict[str, Any] = ok(answer, 201)
    return appointed


def learner(full_name: str = "Nguyễn Thị Bịa", **more: Any) -> dict[str, Any]:
    return {"full_name": full_name, "birth_date": "2015-02-03", "sex": "female", **more}


async def create_learner(client: Client, full_name: str = "Nguyễn Thị Bịa", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = ok(await client.post(f"{API}/learners", learner(full_name, **more)), 201)
    return made


async def write(client: Client, learner_id: str, part: str, body: object) -> Any:
    """Add a part of a learner under the tag that the learner has."""
    path = f"{API}/learners/{learner_id}"
    return await client.post(f"{path}/{part}", body, headers={"If-Match": await read_etag(client, path)})


async def create_pupil(client: Client, class_id: str, full_name: str = "Nguyễn Thị Bịa", **more: Any) -> Pupil:
    """A learner who is enrolled in a class from today on."""
    made = await create_learner(client, full_name, **more)
    body = {"class_id": class_id, "entered_on": today().isoformat()}
    enrolled = ok(await write(client, made["id"], "enrolments", body), 201)
    return Pupil(made["id"], class_id, enrolled["id"])


async def change_enrolment(client: Client, pupil: Pupil, **body: Any) -> Any:
    dated = {"valid_from": today().isoformat(), **body}
    return await write(client, pupil.id, f"enrolments/{pupil.enrolment_id}/statuses", dated)


def guardian(full_name: str = "Trần Thị Bịa", **more: Any) -> dict[str, Any]:
    return {"relation": "mother", "full_name": full_name, "phone": "0912 345 678", **more}
