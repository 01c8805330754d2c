"""Persons as a report counts them: involvements, until learners exist. By the unit that held the incident.

A pupil in two events counts twice, and of several incidents merged into one event those of the incident that stands
for it. Persons have no time of their own: a person of an incident known at the cut-off counts whenever added.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from app.core.vocabulary import Dimension
from app.models.cases.incidents import CHILD_ABUSE, SCHOOL_VIOLENCE, Incident, IncidentPerson
from app.models.units import Unit, UnitVersion
from app.repositories.reports.sources.clauses import (
    INVOLVED,
    PUPILS,
    counted,
    has_form,
    known,
    level_of_person,
    of_kinds,
)
from app.repositories.reports.sources.extents import Extent
from app.repositories.reports.sources.incidents import ACCIDENTS, NO_DENOMINATOR
from app.repositories.reports.sources.registry import Query, Source, register

TABLES: Final = (Incident, IncidentPerson, Unit, UnitVersion)
DIMENSIONS: Final = frozenset(
    {
        *(Dimension.SCHOOL_LEVEL, Dimension.GRADE, Dimension.SEX, Dimension.AGE_BAND, Dimension.ROLE),
        *(Dimension.FORM, Dimension.LOCATION, Dimension.SEVERITY, Dimension.INJURY_OUTCOME),
    }
)
SEVERAL: Final = frozenset({Dimension.FORM})
# A child outside school and one of whom nothing is known may be abused too.
CHILDREN: Final = (*PUPILS, "out_of_school_youth", "unknown")
OFFENDERS: Final = ("perpetrator", "instigator")
SOCIAL_EVILS: Final = ("drugs", "drug_crime", "gambling", "prostitution", "superstition")
TOBACCO: Final = ("tobacco", "e_cigarette")


def _persons(extent: Extent, *where: ColumnElement[bool]) -> Select[Any]:
    columns: tuple[ColumnElement[Any], ...] = (
        IncidentPerson.id.label("key"),
        IncidentPerson.id.label("row_id"),
        func.coalesce(Incident.unit_id, Incident.holder_id).label("unit_id"),
        level_of_person(extent).label(Dimension.SCHOOL_LEVEL),
        known(IncidentPerson.grade).label(Dimension.GRADE),
        known(IncidentPerson.sex).label(Dimension.SEX),
        known(IncidentPerson.age_band).label(Dimension.AGE_BAND),
        IncidentPerson.role.label(Dimension.ROLE),
        Incident.forms.label(Dimension.FORM),
        known(Incident.location).label(Dimension.LOCATION),
        known(Incident.severity).label(Dimension.SEVERITY),
        known(IncidentPerson.injury_outcome).label(Dimension.INJURY_OUTCOME),
        literal(1).label("numerator"),
        NO_DENOMINATOR.label("denominator"),
    )
    query = select(*columns).join(Incident, Incident.id == IncidentPerson.incident_id)
    return query.where(counted(extent), *where)


def _pupils_of_violence(extent: Extent, *where: ColumnElement[bool]) -> Select[Any]:
    return _persons(extent, Incident.group == SCHOOL_VIOLENCE, of_kinds(PUPILS, INVOLVED), *where)


def persons_violence(extent: Extent) -> Select[Any]:
    """Pupils involved in events of school violence, also those of other schools, by the holder of the incident. Not who
    reported or only testified."""
    return _pupils_of_violence(extent)


def girls_violence(extent: Extent) -> Select[Any]:
    """Of these the girls."""
    return _pupils_of_violence(extent, IncidentPerson.sex == "female")


def persons_abuse(extent: Extent) -> Select[Any]:
    """Victims of events of child abuse who are no adults by their kind or band, by the holder of the incident."""
    victims = of_kinds(CHILDREN, ("victim",))
    no_adult = or_(IncidentPerson.age_band.is_(None), IncidentPerson.age_band != "adult")
    return _persons(extent, Incident.group == CHILD_ABUSE, and_(victims, no_adult))


def persons_law_violation(extent: Extent) -> Select[Any]:
    """Pupils who did or instigated what is in events of the group crime or violation of law, by the holder."""
    return _persons(extent, Incident.group == "crime_or_law_violation", of_kinds(PUPILS, OFFENDERS))


def persons_drugs_social_evils(extent: Extent) -> Select[Any]:
    """Pupils involved in events of social evils, or of any group with a form of drugs, gambling, prostitution or
    superstition, by the holder of the incident."""
    of_kind = or_(Incident.group == "social_evil", has_form(*SOCIAL_EVILS))
    return _persons(extent, of_kind, of_kinds(PUPILS, INVOLVED))


def persons_tobacco(extent: Extent) -> Select[Any]:
    """Pupils involved in events with tobacco or e-cigarettes, by the holder of the incident."""
    return _persons(extent, has_form(*TOBACCO), of_kinds(PUPILS, INVOLVED))


def incidents_drowning_injury(extent: Extent) -> Select[Any]:
    """Cases of accident: each pupil who was the victim of an event with the form drowning, traffic accident, food
    poisoning or another injury, by the holder of the incident."""
    return _persons(extent, has_form(*ACCIDENTS), of_kinds(PUPILS, ("victim",)))


def persons_traffic_violation(extent: Extent) -> Select[Any]:
    """Pupils who broke a traffic rule in an event of that form, by the holder of the incident."""
    return _persons(extent, has_form("traffic_violation"), of_kinds(PUPILS, OFFENDERS))


def _register(query: Query, label_vi: str, label_en: str, *forms: str) -> None:
    codes = {Dimension.FORM: frozenset(forms)} if forms else {}
    register(
        Source(
            query.__name__,
            f"{label_vi} (lượt)",
            f"{label_en} (involvements)",
            TABLES,
            DIMENSIONS,
            query,
            multi=SEVERAL,
            by_event=True,
            codes=codes,
        )
    )


_register(persons_violence, "Học sinh liên quan đến bạo lực học đường", "Pupils involved in school violence")
_register(girls_violence, "Học sinh nữ liên quan đến bạo lực học đường", "Girls involved in school violence")
_register(persons_abuse, "Trẻ em, học sinh bị xâm hại", "Children and pupils abused")
_register(persons_law_violation, "Học sinh vi phạm pháp luật", "Pupils who broke the law")
_register(
    persons_drugs_social_evils, "Học sinh liên quan ma túy, tệ nạn xã hội", "Pupils involved in drugs or social evils"
)
_register(persons_tobacco, "Trường hợp dùng thuốc lá, thuốc lá điện tử", "Cases of smoking or e-cigarettes", *TOBACCO)
_register(incidents_drowning_injury, "Ca đuối nước, tai nạn thương tích", "Drownings and other injuries", *ACCIDENTS)
_register(persons_traffic_violation, "Học sinh vi phạm giao thông", "Pupils who broke a traffic rule")
