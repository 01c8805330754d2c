"""Kinds of notice: recipients and data (codes, counts and ids, never text of a case). Areas define their own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeSpec:
    """The recipients of a kind, and every member that its `data` may have.

    `follows_reporters`: it follows what an anonymous reporter did, so its time is coarse. `is_urgent`: its mail waits
    for no pause.
    """

    kind: str
    to: str
    data: frozenset[str]
    names_incident: bool
    follows_reporters: bool
    is_urgent: bool


NOTICES: dict[str, NoticeSpec] = {}


def define_notice(
    kind: str,
    to: str,
    *data: str,
    names_incident: bool = False,
    follows_reporters: bool = False,
    is_urgent: bool = False,
) -> NoticeSpec:
    """A kind of notice, among those that webhooks may choose from then on."""
    if kind in NOTICES:
        raise LookupError(f"the notice {kind} is defined twice")
    NOTICES[kind] = NoticeSpec(kind, to, frozenset(data), names_incident, follows_reporters, is_urgent)
    return NOTICES[kind]


INTAKES_WAITING = define_notice(
    "intakes_waiting",
    "the unit that holds them; counts by lane, at a quarter of an hour",
    *("staff", "proven", "unproven", "late", "raised"),
    follows_reporters=True,
)
MESSAGES_WAITING = define_notice(
    "messages_waiting",
    "the unit that holds the intakes; how many messages of reporters nobody read",
    "unread",
    follows_reporters=True,
)
IMMEDIATE_DANGER = define_notice(
    "immediate_danger",
    "the unit that holds the intakes and the level above, at once; how many intakes without incident and unread"
    " messages say that a child is in immediate danger",
    *("holder_id", "intakes", "messages"),
    follows_reporters=True,
    is_urgent=True,
)
