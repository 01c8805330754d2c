"""A search as an officer types it: how each word is understood. Encrypted fields are never searched."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.text import fold, untelex
from app.models.units import UnitVersion
from app.repositories.cases.searches import Search
from app.repositories.units import UnitRepository
from app.schemas.cases.flows import INCIDENT_FLOW
from app.services.cases.search_words import phrases, read_code, read_date_range, runs, words_of
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import Code, CodeListService

LISTS = ("incident_group", "incident_form", "severity", "location")
MAX_UNITS = 50
NOISE = frozenset("/,;:.()-–")


class Meaning(StrEnum):
    CODE = "code"
    PERIOD = "period"
    STATE = "state"
    CATEGORY = "category"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Label:
    list: str
    code: str
    label_vi: str
    label_en: str

    @property
    def names(self) -> set[str]:
        return {_plain(each) for each in (self.label_vi, self.label_en, self.code.replace("_", " "))}


@dataclass(frozen=True, slots=True)
class Part:
    """One understood part: the words from `position` on, `length` of them."""

    position: int
    length: int
    means: Meaning
    labels: tuple[Label, ...] = ()
    units: tuple[UnitVersion, ...] = ()


@dataclass(slots=True)
class Understanding:
    search: Search = field(default_factory=Search)
    parts: list[Part] = field(default_factory=list)
    not_understood: list[int] = field(default_factory=list)
    too_vague: list[int] = field(default_factory=list)


STATES = tuple(Label("state", state, *label) for state, label in INCIDENT_FLOW.states.items())


class SearchService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.units = UnitRepository(work.session)

    async def understand(self, text: str) -> Understanding:
        """The meaning of the words; all conditions apply. One query, and one a minute for the code lists."""
        words = words_of(text)
        made, taken = Understanding(), set[int]()
        known = await self._labels()
        for at, phrase in phrases(words):
            span = set(range(at, at + len(phrase)))
            if taken.isdisjoint(span) and _read(made, at, phrase, known):
                taken |= span
        await self._find_units(made, words, [at for at in range(len(words)) if at not in taken])
        made.parts.sort(key=lambda part: part.position)
        made.search.unintelligible = bool(made.not_understood or made.too_vague or not words)
        return made

    async def _labels(self) -> list[tuple[set[str], Label]]:
        entries = await CodeListService(self.work).of_lists((), None)
        coded = [_label(entry) for entry in entries if entry.list in LISTS]
        return [(label.names, label) for label in (*STATES, *coded)]

    async def _find_units(self, made: Understanding, words: list[str], free: list[int]) -> None:
        asked = [(run, _variants(words[at] for at in run)) for run in runs(free)]
        found = await self.units.named([each for _, each in asked])
        if found is None:
            made.too_vague += free
            return
        for (run, _), versions in zip(asked, found, strict=True):
            if not versions:
                made.not_understood += run
            elif len({version.unit_id for version in versions}) > MAX_UNITS:
                made.too_vague += run
            else:
                made.search.units.append(frozenset(version.unit_id for version in versions))
                made.parts.append(Part(run[0], len(run), Meaning.UNIT, units=tuple(versions)))


def _read(made: Understanding, at: int, phrase: list[str], known: list[tuple[set[str], Label]]) -> bool:
    if (code := read_code(phrase)) is not None:
        made.search.codes.append(code)
        made.parts.append(Part(at, len(phrase), Meaning.CODE))
    elif (period := read_date_range(phrase)) is not None:
        made.search.periods.append(period)
        made.parts.append(Part(at, len(phrase), Meaning.PERIOD))
    elif labels := _meant(phrase, known):
        means = Meaning.STATE if labels[0].list == "state" else Meaning.CATEGORY
        made.search.labels.append(frozenset((label.list, label.code) for label in labels))
        made.parts.append(Part(at, len(phrase), means, labels=labels))
    else:
        return False
    return True


def _meant(phrase: list[str], known: list[tuple[set[str], Label]]) -> tuple[Label, ...]:
    """Labels that the phrase is, or begins with two words or more; a state before a category of the same name."""
    typed = _plain(" ".join(phrase))
    for said in (typed, " ".join(untelex(word) for word in typed.split())):
        begins = f"{said} " if " " in said else None
        met = [label for names, label in known if _is(names, said, begins)]
        states = [label for label in met if label.list == "state"]
        if met:
            return tuple({(label.list, label.code): label for label in states or met}.values())
    return ()


def _is(names: set[str], said: str, begins: str | None) -> bool:
    return said in names or (begins is not None and any(name.startswith(begins) for name in names))


def _variants(words: Iterable[str]) -> list[tuple[str, ...]]:
    """Each word as typed, and as Telex would have made it."""
    return [tuple(dict.fromkeys((fold(word), untelex(fold(word))))) for word in words]


def _label(entry: Code) -> Label:
    return Label(entry.list, entry.code, entry.label_vi, entry.label_en)


def _plain(text: str) -> str:
    return " ".join("".join(" " if c in NOISE else c for c in fold(text)).split())
