"""A day of what has happened is judged in Việt Nam: tomorrow is refused everywhere, and so is what no person lived."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, get_args

import pytest
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from app.core import time
from app.core.time import VIETNAM
from tests.factories.http import API, assert_problem, ok
from tests.factories.units import StaffedUnit
from tests.http.test_texts import bodies
from tests.world import World

# Decided, planned or asked for: these days and times may come.
PLANNED = {
    "ActingSignerIn.valid_from",
    "ActingSignerIn.valid_to",
    "CampaignIn.closes_on",
    "CampaignIn.opens_on",
    "CampusIn.valid_from",
    "CampusIn.valid_to",
    "CampusPatch.valid_from",
    "CampusPatch.valid_to",
    "ClassTeacherIn.valid_from",
    "ClassTeacherIn.valid_to",
    "ClassTeacherPatch.valid_to",
    "Decided.effective_on",
    "DueIn.due_on",
    "DueIn.requested_on",
    "ExportIn.first_day",
    "ExportIn.last_day",
    "ExtensionIn.due_on",
    "GrantIn.expires_at",
    "LocalRuleEndIn.valid_to",
    "LocalRuleIn.valid_from",
    "PeriodIn.cut_off_at",
    "PeriodIn.ends_on",
    "PeriodIn.starts_on",
    "PeriodPatch.cut_off_at",
    "PeriodPatch.ends_on",
    "PeriodPatch.starts_on",
    "PlanStepIn.due_on",
    "PlanStepPatch.due_on",
    "PostIn.valid_from",
    "PostIn.valid_to",
    "PostPatch.valid_to",
    "ProtectionEndIn.valid_to",
    "ProtectionIn.valid_from",
    "PublicationIn.valid_from",
    "RegisterEntryIn.issued_on",
    "ReplayIn.since",
    "ReporterUnitIn.valid_from",
    "ReporterUnitIn.valid_to",
    "RequestedDayIn.requested_on",
    "RetentionHoldIn.until",
    "SchoolTermIn.ends_on",
    "SchoolTermIn.starts_on",
    "SchoolYearIn.ends_on",
    "SchoolYearIn.starts_on",
    "TemplateFile.valid_from",
    "ViolationCommitmentIn.followed_until",
}
# A device's clock may be ahead: bounded and marked (tests/intakes/test_device_clocks.py).
REPORTED = {"IntakeForm.occurred_at", "IntakeIn.received_at"}


def has(hint: Any, kind: type) -> bool:
    return (
        hint is kind or (kind is datetime and hint is AwareDatetime) or any(has(each, kind) for each in get_args(hint))
    )


def members() -> dict[str, tuple[Any, type]]:
    """Each member of a body that is a day or a time, by the model that declares it."""
    return {
        f"{body.__name__}.{name}": (Annotated[body.model_fields[name].annotation, body.model_fields[name]], kind)
        for body in bodies()
        for name in body.__annotations__
        if name in body.model_fields
        for kind in (date, datetime)
        if has(body.model_fields[name].annotation, kind) or any(has(m, kind) for m in body.model_fields[name].metadata)
    }


def fault(hint: Any, value: str) -> str | None:
    try:
        TypeAdapter(hint).validate_python(value)
    except ValidationError as refused:
        return refused.errors()[0]["type"]
    return None


@pytest.mark.parametrize("now", ["2026-11-26T17:00:00Z", "2026-11-27T09:00:00Z", "2026-11-27T16:59:59Z"])
def test_every_member_is_of_the_past_or_planned(monkeypatch: pytest.MonkeyPatch, now: str) -> None:
    moment = datetime.fromisoformat(now)
    monkeypatch.setattr(time, "utc_now", lambda: moment)
    found = members()
    assert found.keys() >= PLANNED | REPORTED
    for name, (hint, kind) in found.items():
        later = "2026-11-28" if kind is date else (moment + timedelta(minutes=6)).isoformat()
        sooner = "2026-11-27" if kind is date else moment.isoformat()
        assert fault(hint, sooner) is None, name
        assert fault(hint, later) == (None if name in PLANNED | REPORTED else "in_the_future"), name


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31"])
def test_no_day_is_older_than_people(day: str) -> None:
    """PostgreSQL's driver reads the calendar's first day as minus infinity."""
    for name, (hint, kind) in members().items():
        if kind is date:
            assert fault(hint, day) == "date_out_of_range", name


@pytest.mark.parametrize("hour", [0, 16, 23])
async def test_tomorrow_has_not_happened_and_today_has(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch, hour: int
) -> None:
    """At any hour of the day in Việt Nam, whose first seven are yesterday's in UTC."""
    incident = str((await school.head.create_intake())["incident_id"])
    day = time.today() + timedelta(days=1)
    moment = datetime(day.year, day.month, day.day, hour, 30, tzinfo=VIETNAM).astimezone(UTC)
    monkeypatch.setattr(time, "utc_now", lambda: moment)
    today, tomorrow = str(day), str(day + timedelta(days=1))
    report = {"narrative": "Bịa", "group": "other"}
    for client, path, body, name in (
        (world.anonymous, f"{API}/public/intakes", report, "occurred_on"),
        (school.head, f"{API}/intakes", report | {"source_channel": "in_person"}, "occurred_on"),
        (school.head, f"{API}/incidents/{incident}/persons", {"role": "witness"}, "birth_date"),
    ):
        later = await client.post(path, body | {name: tomorrow})
        assert_problem(later, 422, "in_the_future", f"/{name}")
        ok(await client.post(path, body | {name: today}), 201)
