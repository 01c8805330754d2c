# mypy: disable-error-code="misc, no-any-unimported"
"""The ten tables as Django models: every column that the product declares, so that no later column is missing."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import models
from sqlalchemy import Column, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

import app.models  # noqa: F401 (registers the tables)
from app.core.ids import new_id
from app.models.base import Base

FIELDS: Final[dict[type, type[models.Field]]] = {
    UUID: models.UUIDField,
    bool: models.BooleanField,
    date: models.DateField,
    datetime: models.DateTimeField,
    object: models.JSONField,
    int: models.IntegerField,
}


def _field(column: Column[Any], *, alone: bool) -> models.Field:
    options: dict[str, Any] = {"null": column.nullable, "primary_key": column.primary_key and alone}
    if isinstance(column.default, ScalarElementColumnDefault):
        options["default"] = column.default.arg
    elif column.name == "id":
        options["default"] = new_id
    kind = getattr(column.type, "impl_instance", column.type).python_type
    if kind is not str:
        return FIELDS[kind](**options)
    length = getattr(column.type, "length", None)
    return models.CharField(max_length=length, **options) if length else models.TextField(**options)


def _model(name: str, table: Table) -> type[models.Model]:
    keys = [column.name for column in table.primary_key]
    members: dict[str, Any] = {column.name: _field(column, alone=len(keys) == 1) for column in table.columns}
    if len(keys) > 1:
        members["pk"] = models.CompositePrimaryKey(*keys)
    members["Meta"] = type("Meta", (), {"db_table": table.name, "managed": False})
    return type(name, (models.Model,), {"__module__": __name__, **members})


_tables: Final = Base.metadata.tables
AuditEntry: Final = _model("AuditEntry", _tables["audit_entry"])
AuditSubject: Final = _model("AuditSubject", _tables["audit_subject"])
Clock: Final = _model("Clock", _tables["clock"])
DataKey: Final = _model("DataKey", _tables["data_key"])
IdempotencyKey: Final = _model("IdempotencyKey", _tables["idempotency_key"])
Incident: Final = _model("Incident", _tables["incident"])
IncidentEvent: Final = _model("IncidentEvent", _tables["incident_event"])
IncidentPerson: Final = _model("IncidentPerson", _tables["incident_person"])
Intake: Final = _model("Intake", _tables["intake"])
IntakeLink: Final = _model("IntakeLink", _tables["intake_link"])
