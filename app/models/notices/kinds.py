"""Kinds of notice: recipients and data, which is codes, counts and ids, never a word of a case. Areas define theirs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeSpec:
    """Whom a kind notifies and every member that its `data` may have.

    `follows_reporters`: it follows at once what somebody without an account did, so that its time shows the hour alone.
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
