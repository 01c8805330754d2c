"""Links that are refused, each for another reason, and how long each refusal takes. All invented."""

import random
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import time_machine

from app.core.time import start_of, today
from tests.factories.commitments import Signing, adopt, create_campaign, secondary_template
from tests.factories.http import list_items, ok
from tests.factories.slips import SLIPS, Holder, Json, holder_of
from tests.world import World

UNKNOWN = "0000-0000-0000-0000-0000"
# How long a slip lasts after it was printed.
LASTS = timedelta(days=15)
A_ROUND, MOST_APART = 100, 0.05
# A link with an answer to a reading, whose nonce is good for half an hour.
Links = dict[str, tuple[Holder, Json]]


async def elsewhere(signing: Signing) -> Signing:
    """The same class in another campaign of its school."""
    campaign = await create_campaign(signing.school.head, [await secondary_template(signing.school.head)])
    await adopt(signing.school.officer, campaign)
    (row,) = await list_items(signing.school.officer, "commitment-classes", campaign_id=campaign)
    return replace(signing, campaign_id=campaign, id=row["id"])


@asynccontextmanager
async def refused_links(world: World, signing: Signing) -> AsyncIterator[Links]:
    """The links of three families and of nobody, at the beginning of the day after the last of the first one."""
    head, expired = signing.school.head, await holder_of(signing)
    over = start_of(today() + LASTS)
    with time_machine.travel(over - timedelta(minutes=10)) as clock:
        read = ok(await expired.read())
        clock.shift(timedelta(minutes=11))
        for each in signing.school.people.values():
            world.renew(each)
        used, withdrawn = await holder_of(signing, 1), await holder_of(signing, 2)
        first, second = ok(await used.read()), ok(await withdrawn.read())
        ok(await used.act("call", first))
        (slip,) = [
            each for each in ok(await head.get(f"{signing.path}/slips")) if each["learner_id"] == signing.pupils[2].id
        ]
        ok(await head.post(f"{SLIPS}/{slip['id']}/withdrawal"))
        yield {
            "unknown": (used.with_code(UNKNOWN), first),
            "used": (used, first),
            "expired": (expired, read),
            "withdrawn": (withdrawn, second),
            "of another campaign": (await holder_of(await elsewhere(signing), 1), ok(await used.read())),
        }


async def medians(links: Links, rounds: int) -> dict[str, float]:
    """The medians of the seconds until each is refused, in as many rounds as it takes to be close, else in all.

    In a round each is asked 100 times, in no order. Other work on the machine hits all of them alike, in the long run.
    """
    taken, chance, found = defaultdict[str, list[float]](list), random.Random(19), dict[str, float]()
    for _ in range(rounds):
        for name in _order(links, chance):
            holder, read = links[name]
            began = time.perf_counter()
            answer = await holder.act("sign", read)
            taken[name].append(time.perf_counter() - began)
            assert answer.status_code == 404, name
        found = {name: statistics.median(each) for name, each in taken.items()}
        if spread(found) <= MOST_APART:
            break
    return found


def _order(links: Links, chance: random.Random) -> list[str]:
    names = [name for name in links for _ in range(A_ROUND)]
    chance.shuffle(names)
    return names


def spread(found: dict[str, float]) -> float:
    """By which share the slowest median exceeds the quickest."""
    return max(found.values()) / min(found.values()) - 1
