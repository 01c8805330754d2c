"""Loading of the reference data of a release; idempotent."""

from datetime import date
from typing import Any

from app.models.deadlines import ClockRule
from app.models.learners.enrolments import EnrolmentStatusCode
from app.models.privacy.retention import RetentionClass
from app.models.privacy.subject_requests import SubjectRequestRule
from app.models.reference import CodeListEntry, Competence, Hotline
from app.models.reports.rules import ReportChainRule, ReportDueRule, ReportReminderRule
from app.models.school_years.school_years import SchoolTerm, SchoolYear
from app.models.units import UnitKind, UnitKindPlace
from app.reference.tables import rows
from app.repositories.reference import ReferenceDataRepository
from app.services.commitments.product_templates import load_commitment_templates
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.templates.product_templates import load_product_templates
from app.services.setup.events import check_act, check_clock_rule

ACTS = "incident_act"


async def load_reference_data(work: UnitOfWork) -> None:
    """Load everything in app/reference by natural key.

    Raises UnknownEventError for a clock rule or an act with an unregistered event, FaultyTemplateError for a template
    of a report that names what there is not.
    """
    repository = ReferenceDataRepository(work.session)
    for row in rows("unit_kinds"):
        await repository.put(UnitKind, ("code",), _typed(row))
    for row in rows("unit_kind_places"):
        await repository.put(UnitKindPlace, ("kind", "parent_kind", "valid_from"), _typed(row))
    await _load_code_lists(repository)
    await _load_clock_rules(repository)
    await _load_report_rules(repository)
    for position, row in enumerate(rows("enrolment_statuses")):
        status = _typed(row) | {name: row[name] == "true" for name in ("is_present", "is_confirmed")}
        await repository.put(EnrolmentStatusCode, ("code", "valid_from"), status | {"position": position})
    for position, row in enumerate(rows("retention_classes")):
        retention = _typed(row) | {"is_confirmed": row["is_confirmed"] == "true", "months": int(row["months"])}
        retention |= {name: int(row[name]) if row[name] else None for name in ("minimum_months", "floor_months")}
        retention |= {"minimum_is_confirmed": row["minimum_is_confirmed"] == "true"}
        await repository.put(RetentionClass, ("code", "valid_from"), retention | {"position": position})
    for position, row in enumerate(rows("subject_request_rules")):
        rule = _typed(row) | {"is_confirmed": row["is_confirmed"] == "true", "amount": int(row["amount"])}
        await repository.put(SubjectRequestRule, ("kind", "step", "valid_from"), rule | {"position": position})
    for position, row in enumerate(rows("competences")):
        competence = _typed(row) | {"is_confirmed": row["is_confirmed"] == "true", "position": position}
        competence |= {"amount": int(row["amount"]) if row["amount"] else None}
        await repository.put(Competence, ("code", "valid_from"), competence)
    for row in rows("hotlines"):
        values = _typed(row)
        values["purposes"] = _list(values.pop("purpose_tags"))
        values["channels"] = _list(values["channels"])
        values["free"], values["round_the_clock"] = _boolean(values["free"]), _boolean(values["round_the_clock"])
        await repository.put(Hotline, ("code", "valid_from"), values)
    await _load_school_years(repository)
    await load_product_templates(work, rows("code_lists"))
    await load_commitment_templates(work)
    await work.flush()


async def _load_code_lists(repository: ReferenceDataRepository) -> None:
    for position, row in enumerate(rows("code_lists")):
        if row["list"] == ACTS:
            check_act(row["code"])
        await repository.put(CodeListEntry, ("list", "code", "valid_from"), _typed(row) | {"position": position})


async def _load_clock_rules(repository: ReferenceDataRepository) -> None:
    for position, row in enumerate(rows("clock_rules")):
        rule = _typed(row) | {name: _list(row[name]) for name in ("met_by", "severities", "groups")}
        rule |= {name: row[name] == "true" for name in ("escalates", "is_law", "outlasts")}
        rule |= {"amount": int(row["amount"])}
        check_clock_rule(rule["code"], rule["starts_on"], rule["restarts_on"], rule["met_by"])
        await repository.put(ClockRule, ("code", "valid_from"), rule | {"position": position})


async def _load_school_years(repository: ReferenceDataRepository) -> None:
    """Years that are missing, with their terms: the department decides on those that are there."""
    known = await repository.keys(SchoolYear.code)
    for row in rows("school_years"):
        if row["code"] not in known:
            repository.add(SchoolYear(**_days(row)))
    for row in rows("school_terms"):
        if row["school_year"] not in known:
            repository.add(SchoolTerm(**_days(row)))


def _days(row: dict[str, str]) -> dict[str, Any]:
    days = {name: date.fromisoformat(row[name]) for name in ("starts_on", "ends_on")}
    return {**row, **days, "is_confirmed": row["is_confirmed"] == "true"}


async def _load_report_rules(repository: ReferenceDataRepository) -> None:
    for position, row in enumerate(rows("report_chain")):
        chain = _typed(row) | {name: row[name] == "true" for name in ("is_reviewed", "is_confirmed")}
        chain |= {"recipient_kind": row["recipient_kind"], "position": position}
        await repository.put(ReportChainRule, ("kind", "recipient_kind", "valid_from"), chain)
    for position, row in enumerate(rows("report_dues")):
        due = _typed(row) | {name: int(row[name]) if row[name] else None for name in ("month", "day")}
        due |= {"is_confirmed": row["is_confirmed"] == "true", "position": position}
        await repository.put(ReportDueRule, ("period_kind", "unit_kind", "valid_from"), due)
    for position, row in enumerate(rows("report_reminders")):
        reminder = _typed(row) | {"working_days": int(row["working_days"]), "position": position}
        reminder |= {"is_confirmed": row["is_confirmed"] == "true"}
        await repository.put(ReportReminderRule, ("code", "valid_from"), reminder)


def _typed(row: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: value or None for name, value in row.items()}
    for name in ("valid_from", "valid_to"):
        if values.get(name):
            values[name] = date.fromisoformat(values[name])
    return values


def _list(text: str | None) -> list[str]:
    return text.split(";") if text else []


def _boolean(text: str | None) -> bool | None:
    return None if text is None else text == "true"
