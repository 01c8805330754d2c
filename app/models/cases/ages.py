"""Child (under 16, Law on Children art. 1) and minor (under 18), always on the day of the event."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.core.time import local_date
from app.models.cases.incidents import Incident, IncidentPerson

CHILD_BELOW = 16
MINOR_BELOW = 18
# The first age above each band of the code list `age_band`.
BANDS: Final = ((6, "under_6"), (11, "6_10"), (15, "11_14"), (19, "15_18"))
ADULT: Final = "adult"


@dataclass(frozen=True, slots=True)
class Ages:
    """The known age; None without a birth date and an estimate."""

    years: int | None

    @classmethod
    def on_event(cls, person: IncidentPerson, incident: Incident) -> "Ages":
        if person.birth_date is None:
            return cls(person.estimated_age)
        return cls(years_old(person.birth_date, incident.occurred_on or local_date(incident.created_at)))

    @property
    def band(self) -> str | None:
        if self.years is None:
            return None
        return next((band for below, band in BANDS if self.years < below), ADULT)

    @property
    def is_child(self) -> bool | None:
        return None if self.years is None else self.years < CHILD_BELOW

    @property
    def is_minor(self) -> bool | None:
        return None if self.years is None else self.years < MINOR_BELOW


def years_old(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def note_age_band(person: IncidentPerson, incident: Incident) -> None:
    """Set the band of a known age; a typed band stands only without one."""
    if (band := Ages.on_event(person, incident).band) is not None:
        person.age_band = band
