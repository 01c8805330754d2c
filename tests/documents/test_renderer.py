"""One sheet at a time, and a short queue: typesetting does not slow other requests."""

import asyncio
import threading

import pytest

from app.core.problems import Problem
from app.documents.renderer import WAITING_AT_MOST, Renderer

PATIENCE_S = 60


async def test_sheets_are_set_one_after_another_and_a_full_queue_says_when_to_come_again() -> None:
    begun, may_go, at_once, most = threading.Event(), threading.Event(), [0], [0]

    def slow() -> bytes:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        begun.set()
        may_go.wait(PATIENCE_S)
        at_once[0] -= 1
        return b"%PDF"

    one = Renderer()
    waiting = [asyncio.create_task(one.render(slow)) for _ in range(WAITING_AT_MOST)]
    assert await asyncio.to_thread(begun.wait, PATIENCE_S)
    with pytest.raises(Problem) as refused:
        await one.render(slow)
    assert (refused.value.type.code, refused.value.headers["Retry-After"]) == ("unavailable", "10")
    may_go.set()
    assert await asyncio.gather(*waiting) == [b"%PDF"] * WAITING_AT_MOST
    assert most == [1]
    assert await one.render(slow) == b"%PDF"
