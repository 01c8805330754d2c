"""The kinds of event that each area writes, and the check that law in reference data names none but these."""

from collections.abc import Iterable
from enum import StrEnum

from app.models.cases.events import CaseEvent, EventKind
from app.repositories.deadlines import ClockRuleRepository
from app.services.attachments import AttachmentEvent
from app.services.cases.clocks import ClockStart
from app.services.duplicates.events import MergeEvent
from app.services.platform.unit_of_work import UnitOfWork
from app.services.privacy.events import RetentionEvent
from app.services.referrals.events import ReferralEvent, ReferralStart
from app.services.sharing.events import SharingEvent

KINDS: tuple[type[EventKind], ...] = (
    CaseEvent,
    AttachmentEvent,
    MergeEvent,
    ReferralEvent,
    RetentionEvent,
    SharingEvent,
)
STARTS: tuple[type[StrEnum], ...] = (ClockStart, ReferralStart)

EVENTS = frozenset(kind.value for kinds in KINDS for kind in kinds)
BEGINNINGS = EVENTS | {start.value for starts in STARTS for start in starts}


class UnknownEventError(Exception):
    """Reference data names an event that nothing writes: its clock would never start or never be met."""


def check_clock_rule(code: str, starts_on: str, restarts_on: str | None, met_by: Iterable[str]) -> None:
    """Raises UnknownEventError for what starts a rule's clock, restarts it or meets it, and is no registered event."""
    during = set(met_by) if restarts_on is None else {restarts_on, *met_by}
    unknown = ({starts_on} - BEGINNINGS) | (during - EVENTS)
    if unknown:
        raise UnknownEventError(f"clock rule {code}: unknown events {', '.join(sorted(unknown))}")


async def check_stored_rules(work: UnitOfWork) -> None:
    """Raises as `check_clock_rule` does, of the rules in the database: another release may have loaded them."""
    for rule in await ClockRuleRepository(work.session).rules():
        check_clock_rule(rule.code, rule.starts_on, rule.restarts_on, rule.met_by)


def check_act(code: str) -> None:
    """Raises UnknownEventError for a code of the list `incident_act` that is no event of a case."""
    if code not in set(CaseEvent):
        raise UnknownEventError(f"incident_act: unknown event {code}")
