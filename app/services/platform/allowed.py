"""What a caller may do now: the checks of the acts themselves, asked without acting."""

from collections.abc import Awaitable, Callable, Iterable

from app.core.problems import Problem

Check = Callable[[str], Awaitable[object]]


async def allowed_acts(acts: Iterable[str], check: Check) -> list[str]:
    """Those acts of a record that `check`, which the acts themselves begin with, does not refuse."""
    return [act for act in acts if await _passes(check, act)]


async def _passes(check: Check, act: str) -> bool:
    try:
        await check(act)
    except Problem:
        return False
    return True
