"""Persons as a report counts them, by the unit that held the incident.

A pupil who is linked to a learner counts once in a school year, one who is not in each event. Of several incidents
merged into one event the persons are those of the incident that stands for it. Persons have no time of their own: a
person of an incident known at the cut-off counts whenever added, and as linked whenever linked.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from app.core.vocabulary import Dimension
from app.models.cases.incidents import CHILD_ABUSE, SCHOOL_VIOLENCE, Incident, IncidentPerson
from app.models.units import Unit, UnitVersion
from app.repositories.reports.sources.clauses import (
    INVOLVED,
    PUPILS,
    counted,
    counted_at,
    has_form,
    known,
    level_of_person,
    of_kinds,
    person_key,
)
from app.repositories.reports.sources.extents import Bounds
from app.repositories.reports.sources.incidents import ACCIDENTS, NO_DENOMINATOR
from app.repositories.reports.sources.registry import Query, Tally, source

TABLES: Final = (Incident, IncidentPerson, UnitVersion)
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


def _involvements(extent: Bounds, *where: ColumnElement[bool]) -> Select[Any]:
    columns: tuple[ColumnElement[Any], ...] = (
        person_key().label("key"),
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


def _persons(extent: Bounds, *where: ColumnElement[bool]) -> Select[Any]:
    return _involvements(extent, *where).add_columns(counted_at(extent).label("path"))


def _source(
    label_vi: str, label_en: str, rule_vi: str, *forms: str, tally: Tally = Tally.DISTINCT
) -> Callable[[Query], Query]:
    codes = {Dimension.FORM: frozenset(forms)} if forms else {}
    tables = (*TABLES, Unit) if tally is Tally.DISTINCT else TABLES
    flags: dict[str, Any] = {"by_event": True, "of_period": True, "of_persons": True}
    labels = label_vi, label_en, rule_vi
    return source(*labels, tables, DIMENSIONS, multi=SEVERAL, codes=codes, tally=tally, **flags)


def _pupils_of_violence(extent: Bounds, *where: ColumnElement[bool]) -> Select[Any]:
    return _persons(extent, Incident.group == SCHOOL_VIOLENCE, of_kinds(PUPILS, INVOLVED), *where)


@_source(
    "Học sinh liên quan đến bạo lực học đường",
    "Pupils involved in school violence",
    "Học sinh, kể cả của trường khác, liên quan đến sự việc bạo lực học đường, trừ người báo tin, làm chứng; "
    "đơn vị giữ hồ sơ tính",
)
def persons_violence(extent: Bounds) -> Select[Any]:
    """Pupils involved in events of school violence, also those of other schools, by the holder of the incident. Not who
    reported or only testified."""
    return _pupils_of_violence(extent)


@_source(
    "Học sinh nữ liên quan đến bạo lực học đường",
    "Girls involved in school violence",
    "Học sinh nữ trong số học sinh liên quan đến bạo lực học đường",
)
def girls_violence(extent: Bounds) -> Select[Any]:
    """Girls among the pupils involved in school violence, by the holder of the incident."""
    return _pupils_of_violence(extent, IncidentPerson.sex == "female")


@_source(
    "Trẻ em, học sinh bị xâm hại",
    "Children and pupils abused",
    "Người bị hại chưa thành niên trong sự việc xâm hại trẻ em; đơn vị giữ hồ sơ tính",
)
def persons_abuse(extent: Bounds) -> Select[Any]:
    """Victims of events of child abuse who are no adults by their kind or band, by the holder of the incident."""
    victims = of_kinds(CHILDREN, ("victim",))
    no_adult = or_(IncidentPerson.age_band.is_(None), IncidentPerson.age_band != "adult")
    return _persons(extent, Incident.group == CHILD_ABUSE, and_(victims, no_adult))


@_source(
    "Học sinh vi phạm pháp luật",
    "Pupils who broke the law",
    "Học sinh gây ra hoặc xúi giục sự việc thuộc nhóm tội phạm, vi phạm pháp luật; đơn vị giữ hồ sơ tính",
)
def persons_law_violation(extent: Bounds) -> Select[Any]:
    """Pupils who did or instigated what is in events of the group crime or violation of law, by the holder."""
    return _persons(extent, Incident.group == "crime_or_law_violation", of_kinds(PUPILS, OFFENDERS))


@_source(
    "Học sinh liên quan ma túy, tệ nạn xã hội",
    "Pupils involved in drugs or social evils",
    "Học sinh liên quan đến sự việc tệ nạn xã hội, hoặc có ma túy, cờ bạc, mại dâm, mê tín; đơn vị giữ hồ sơ tính",
    *SOCIAL_EVILS,
)
def persons_drugs_social_evils(extent: Bounds) -> Select[Any]:
    """Pupils involved in events of social evils, or of any group with a form of drugs, gambling, prostitution or
    superstition, by the holder of the incident."""
    of_kind = or_(Incident.group == "social_evil", has_form(*SOCIAL_EVILS))
    return _persons(extent, of_kind, of_kinds(PUPILS, INVOLVED))


@_source(
    "Trường hợp dùng thuốc lá, thuốc lá điện tử",
    "Cases of smoking or e-cigarettes",
    "Học sinh liên quan đến sự việc có thuốc lá, thuốc lá điện tử; đơn vị giữ hồ sơ tính",
    *TOBACCO,
)
def persons_tobacco(extent: Bounds) -> Select[Any]:
    """Pupils involved in events with tobacco or e-cigarettes, by the holder of the incident."""
    return _persons(extent, has_form(*TOBACCO), of_kinds(PUPILS, INVOLVED))


@_source(
    "Ca đuối nước, tai nạn thương tích",
    "Drownings and other injuries",
    "Lượt học sinh bị đuối nước, tai nạn giao thông, ngộ độc thực phẩm hoặc thương tích khác; đơn vị giữ hồ sơ tính",
    *ACCIDENTS,
    tally=Tally.SUM,
)
def incidents_drowning_injury(extent: Bounds) -> Select[Any]:
    """Cases of accident: each pupil who was the victim of an event with the form drowning, traffic accident, food
    poisoning or another injury, by the holder of the incident."""
    return _involvements(extent, has_form(*ACCIDENTS), of_kinds(PUPILS, ("victim",)))


@_source(
    "Học sinh vi phạm giao thông",
    "Pupils who broke a traffic rule",
    "Học sinh vi phạm an toàn giao thông; đơn vị giữ hồ sơ tính",
)
def persons_traffic_violation(extent: Bounds) -> Select[Any]:
    """Pupils who broke a traffic rule in an event of that form, by the holder of the incident."""
    return _persons(extent, has_form("traffic_violation"), of_kinds(PUPILS, OFFENDERS))
