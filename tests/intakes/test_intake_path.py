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
    """Each watched module that a router's request enters meanwhile, with the watched modules that enter it."""
    path: Path = defaultdict(set)

    def enter(frame: FrameType, event: str, _: object) -> None:
        if event != "call" or _watched(frame) is None:
            return
        chain = _chain(frame)
        if chain[-1].startswith("app.api."):
            path[chain[0]] |= set(chain[1:2])

    sys.setprofile(enter)
    try:
        yield path
    finally:
        sys.setprofile(None)


def _chain(frame: FrameType | None) -> list[str]:
    """The watched modules of a chain of calls, the last called first; a module that calls itself is there once."""
    modules: list[str] = []
    while frame is not None:
        if (module := _watched(frame)) and modules[-1:] != [module]:
            modules.append(module)
        frame = frame.f_back
    return modules


def _watched(frame: FrameType) -> str | None:
    module = str(frame.f_globals.get("__name__", ""))
    return module if module.startswith(LAYERS) and not module.startswith(COMMON) else None


async def test_an_intake_enters_few_modules_and_returns_to_none(school: StaffedUnit) -> None:
    paths: list[Path] = []
    for _ in range(2):
        with traced() as path:
            ok(await school.head.post(f"{API}/intakes", FORM), 201)
        paths.append(path)
    # Reference data is read once a minute: what both requests enter is the path.
    entered = {module: callers & paths[1][module] for module, callers in paths[0].items() if module in paths[1]}
    assert entered["app.services.intakes.intakes"] == {"app.api.intakes.intakes"}
    assert len(entered) <= MOST_MODULES, sorted(entered)
    assert {module: callers for module, callers in entered.items() if len(callers) > 1} == {}
