"""All kinds of events, and the check of reference data against them."""

from collections.abc import Iterable
from enum import StrEnum

from app.models.cases.events import CaseEvent, EventKind
from app.repositories.deadlines import ClockRuleRepository
from app.services.attachments import AttachmentEvent
from app.services.cases.clocks import ClockStart
from app.services.duplicates.events import MergeEvent
from app.services.intakes.events import IntakeEvent
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.events import RetentionEvent
from app.services.proposals.events import ProposalEvent
from app.services.referrals.events import ReferralEvent, ReferralStart
from app.services.sharing.events import SharingEvent

KINDS: tuple[type[EventKind], ...] = (
    CaseEvent,
    AttachmentEvent,
    IntakeEvent,
    MergeEvent,
    ProposalEvent,
    ReferralEvent,
    RetentionEvent,
    SharingEvent,
)
STARTS: tuple[type[StrEnum], ...] = (ClockStart, ReferralStart)

EVENTS = frozenset(kind.value for kinds in KINDS for kind in kinds)
BEGINNINGS = EVENTS | {start.value for starts in STARTS for start in starts}


class UnknownEventError(Exception):
    """Reference data names an event that no area writes, so its clock would never start or stop."""


def check_clock_rule(code: str, starts_on: str, restarts_on: str | None, met_by: Iterable[str]) -> None:
    """Raises UnknownEventError for an unregistered event that starts, restarts or satisfies a clock."""
    during = set(met_by) if restarts_on is None else {restarts_on, *met_by}
    unknown = ({starts_on} - BEGINNINGS) | (during - EVENTS)
    if unknown:
        raise UnknownEventError(f"clock rule {code}: unknown events {', '.join(sorted(unknown))}")


async def check_stored_rules(work: UnitOfWork) -> None:
    """Check the rules in the database, which another release may have loaded. Raises UnknownEventError."""
    for rule in await ClockRuleRepository(work.session).rules():
        check_clock_rule(rule.code, rule.starts_on, rule.restarts_on, rule.met_by)


def check_act(code: str) -> None:
    """Raises UnknownEventError for a code of the list `incident_act` without an event of a case."""
    if code not in set(CaseEvent):
        raise UnknownEventError(f"incident_act: unknown event {code}")
