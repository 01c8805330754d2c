"""A device's clock that is ahead refuses no report: its times are bounded to the server's, and marked."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.time import VIETNAM, utc_now
from tests.factories.http import API, assert_problem, ok
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

AHEAD = [timedelta(seconds=1), timedelta(minutes=6), timedelta(hours=7), timedelta(days=400)]


def said(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).isoformat()


def read(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def report(client: Client, **more: Any) -> dict[str, Any]:
    body = {"narrative": "Bịa", "source_channel": "in_person", "group": "other", **more}
    made: dict[str, Any] = ok(await client.post(f"{API}/intakes", body), 201)
    return made


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
async def test_report_of_a_clock_that_is_ahead_is_taken_marked_and_bounded(
    school: StaffedUnit, ahead: timedelta
) -> None:
    before = utc_now()
    moment = said(before + ahead + timedelta(minutes=1))
    made = await report(school.head, received_at=moment, occurred_at=moment)
    assert made["clock_ahead"] == ["occurred_at", "received_at"]
    intake = ok(await school.head.get(f"{API}/intakes/{made['id']}"))
    incident = ok(await school.head.get(f"{API}/incidents/{made['incident_id']}"))
    assert intake["content"]["clock_ahead"] == ["occurred_at", "received_at"]
    for bounded in (intake["received_at"], intake["content"]["occurred_at"], incident["occurred_at"]):
        assert before <= read(bounded) <= utc_now()


async def test_a_clock_that_is_right_is_not_marked(school: StaffedUnit) -> None:
    moment = said(utc_now() - timedelta(minutes=3))
    made = await report(school.head, received_at=moment, occurred_at=moment)
    intake = ok(await school.head.get(f"{API}/intakes/{made['id']}"))
    assert made["clock_ahead"] == []
    assert "clock_ahead" not in intake["content"]
    assert read(intake["received_at"]) == read(moment)


async def test_for_another_line_the_bounded_time_is_in_the_content(world: World, school: StaffedUnit) -> None:
    """A stranger's backdating counts for nothing, and so does a clock that is ahead."""
    other = await create_unit(world, under="bureau_b")
    moment = said(utc_now() + timedelta(minutes=6))
    made = await report(school.head, unit_id=str(other.id), received_at=moment)
    assert made["clock_ahead"] == ["received_at"]
    content = ok(await other.head.get(f"{API}/intakes/{made['id']}"))["content"]
    assert content["clock_ahead"] == ["received_at"]
    assert read(content["received_at"]) < read(moment)


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
async def test_anonymous_report_of_such_a_clock_tells_no_minute(
    world: World, school: StaffedUnit, ahead: timedelta
) -> None:
    moment = said(utc_now() + ahead + timedelta(minutes=1))
    body = {"narrative": "Bịa", "unit_id": str(school.id), "occurred_at": moment, "immediate_danger": True}
    ok(await world.anonymous.post(f"{API}/public/intakes", body), 201)
    (found,) = ok(await school.head.get(f"{API}/intakes"))["items"]
    content = ok(await school.head.get(f"{API}/intakes/{found['id']}"))["content"]
    assert content["clock_ahead"] == ["occurred_at"]
    hour = read(content["occurred_at"])
    assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)
    assert hour <= utc_now()


async def test_an_act_a_little_ahead_is_now_and_a_later_one_is_refused(school: StaffedUnit) -> None:
    incident = (await school.head.create_intake())["incident_id"]
    acts = f"{API}/incidents/{incident}/acts"
    near, far = (said(utc_now() + timedelta(minutes=minutes)) for minutes in (3, 6))
    done = ok(await school.head.post(acts, {"act": "family_notified", "done_at": near}), 201)
    assert done
    assert_problem(
        await school.head.post(acts, {"act": "family_notified", "done_at": far}), 422, "in_the_future", "/done_at"
    )
