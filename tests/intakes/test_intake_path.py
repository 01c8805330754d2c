"""The path of one request through the layers stays short: few modules, each entered from one other module alone."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tests.factories.http import API, ok
from tests.factories.units import StaffedUnit

LAYERS = ("app.api.", "app.services.", "app.repositories.")
# What every request passes: HTTP, the caller's account, the unit of work, the base of repositories.
COMMON = (
    *("app.api.http.", "app.services.accounts.", "app.services.platform."),
    *("app.repositories.accounts", "app.repositories.base", "app.repositories.platform."),
)
MOST_MODULES = 7
FORM = {
    "source_channel": "in_person",
    "group": "school_violence",
    "forms": ["physical_violence"],
    "location": "school_gate",
    "children": [{"name": "Bé Bịa", "estimated_age": 11}],
    "accused": [{"kind": "pupil", "name": "Trò Bịa"}],
    "narrative": "Chuyện bịa",
    "informant": {"consent": True, "name": "Người Báo Bịa", "phone": "+84 900 000 001"},
}
Path = dict[str, set[str]]


@contextmanager
def traced() -> Iterator[Path]:
    """Each watched module that is entered meanwhile, with the watched modules that enter it."""
    path: Path = defaultdict(set)

    def enter(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and (module := _watched(frame)):
            path[module] |= {caller for caller in _callers(frame.f_back) if caller != module}

    sys.setprofile(enter)
    try:
        yield path
    finally:
        sys.setprofile(None)


def _callers(frame: FrameType | None) -> list[str]:
    """The nearest watched module of a chain of calls, if there is one."""
    while frame is not None:
        if module := _watched(frame):
            return [module]
        frame = frame.f_back
    return []


def _watched(frame: FrameType) -> str | None:
    module = str(frame.f_globals.get("__name__", ""))
    return module if module.startswith(LAYERS) and not module.startswith(COMMON) else None


async def test_an_intake_enters_few_modules_and_returns_to_none(school: StaffedUnit) -> None:
    ok(await school.head.post(f"{API}/intakes", FORM), 201)
    with traced() as path:
        ok(await school.head.post(f"{API}/intakes", FORM), 201)
    assert path["app.services.intakes.intakes"] == {"app.api.intakes.intakes"}
    assert len(path) <= MOST_MODULES, sorted(path)
    assert {module: callers for module, callers in path.items() if len(callers) > 1} == {}
