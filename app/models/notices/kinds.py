"""Kinds of notice: recipients and data (codes, counts and ids, never text of a case). Areas define their own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeSpec:
    """The recipients of a kind, and every member that its `data` may have.

    `follows_reporters`: sent at once after an action of an anonymous reporter, so its time is rounded to the hour.
    """

    kind: str
    to: str
    data: frozenset[str]
    names_incident: bool
    follows_reporters: bool


NOTICES: dict[str, NoticeSpec] = {}


def define_notice(
    kind: str, to: str, *data: str, names_incident: bool = False, follows_reporters: bool = False
) -> NoticeSpec:
    """A kind of notice, among those that webhooks may choose from then on."""
    if kind in NOTICES:
        raise LookupError(f"the notice {kind} is defined twice")
    NOTICES[kind] = NoticeSpec(kind, to, frozenset(data), names_incident, follows_reporters)
    return NOTICES[kind]


INTAKES_WAITING = define_notice(
    "intakes_waiting",
    "the unit that holds them; counts by lane, at most once in 15 minutes",
    *("staff", "proven", "unproven", "late", "raised"),
    follows_reporters=True,
)
MESSAGES_WAITING = define_notice(
    "messages_waiting",
    "the unit that holds the intakes; how many messages of reporters nobody read",
    "unread",
    follows_reporters=True,
)
