"""No clock rule hangs on an event that nothing writes: a typo there would be a legal clock that never meets."""

import pytest
from sqlalchemy import update

from app.models.cases.events import CaseEvent
from app.models.deadlines import ClockRule
from app.reference import tables
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.referrals.flow import REFERRAL_FLOW
from app.security.access.scope import ALL
from app.services.referrals.events import BY_ACTION
from app.services.setup import reference_data
from app.services.setup.events import KINDS, UnknownEventError, check_clock_rule, check_stored_rules
from app.services.setup.reference_data import load_reference_data
from tests.world import World


@pytest.mark.parametrize(
    ("starts_on", "restarts_on", "met_by"),
    [("recieved", None, ["close"]), ("receipt", "plan_reveiwed", ["close"]), ("receipt", None, ["close", "clsoe"])],
)
def test_a_rule_with_an_unknown_event_is_refused(starts_on: str, restarts_on: str | None, met_by: list[str]) -> None:
    with pytest.raises(UnknownEventError, match="triage"):
        check_clock_rule("triage", starts_on, restarts_on, met_by)


def test_a_moment_that_no_timeline_shows_starts_a_clock_and_meets_none() -> None:
    check_clock_rule("triage", "receipt", None, ["severity_judged"])
    with pytest.raises(UnknownEventError, match="receipt"):
        check_clock_rule("triage", "severity_judged", None, ["receipt"])


@pytest.mark.parametrize(
    ("name", "column"), [("clock_rules", "starts_on"), ("clock_rules", "met_by"), ("code_lists", "code")]
)
async def test_a_release_with_an_unknown_event_does_not_load(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, column: str
) -> None:
    loaded = tables.rows

    def mistyped(asked: str) -> list[dict[str, str]]:
        found = list(loaded(asked))
        if asked == name:
            row = next(row for row in found if row.get("list", "incident_act") == "incident_act")
            row[column] = "mistyped"
        return found

    monkeypatch.setattr(reference_data, "rows", mistyped)
    async with world.runtime.work(ALL) as work:
        with pytest.raises(UnknownEventError, match="mistyped"):
            await load_reference_data(work)


async def test_a_stored_rule_with_an_unknown_event_is_refused(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        await check_stored_rules(work)
        await work.session.execute(update(ClockRule).where(ClockRule.code == "triage").values(starts_on="mistyped"))
        with pytest.raises(UnknownEventError, match="mistyped"):
            await check_stored_rules(work)


def test_every_step_of_a_flow_has_its_event() -> None:
    assert set(INCIDENT_FLOW.actions) <= set(CaseEvent)
    assert set(REFERRAL_FLOW.actions) == set(BY_ACTION)


def test_no_two_areas_share_a_kind() -> None:
    kinds = [kind.value for each in KINDS for kind in each]
    assert len(set(kinds)) == len(kinds)
