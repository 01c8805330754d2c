# mypy: disable-error-code="misc, no-any-unimported, no-any-return"
"""Serializer, view and address. Two rows of one table are created together, as one statement."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.generics import CreateAPIView

from benchmarks.naive_drf_rows.models import (
    AuditEntry,
    AuditSubject,
    Clock,
    DataKey,
    IdempotencyKey,
    Incident,
    IncidentEvent,
    IncidentPerson,
    Intake,
    IntakeLink,
)
from benchmarks.thirteen_rows import ANSWER, BODY, CLOCKS, DIGEST, PATH, SEALED, UNIT, WRAPPED


class IntakeSerializer(serializers.Serializer):
    source_channel = serializers.CharField(max_length=60, write_only=True)
    group = serializers.CharField(max_length=60, write_only=True)
    forms = serializers.ListField(child=serializers.CharField(max_length=60), write_only=True)
    place = serializers.CharField(write_only=True)
    narrative = serializers.CharField(write_only=True)
    id = serializers.UUIDField(read_only=True)
    incident_id = serializers.UUIDField(read_only=True)

    def create(self, validated_data: dict[str, Any]) -> Any:  # noqa: ANN401 (Django has no types)
        with transaction.atomic():
            return _create(validated_data)


def _create(data: dict[str, Any]) -> Any:  # noqa: ANN401
    now = timezone.now()
    keys = DataKey.objects.bulk_create([DataKey(wrapping="bench", wrapped=WRAPPED, created_at=now) for _ in range(2)])
    intake = _create_intake(data, keys[0], now)
    incident = _create_incident(data, keys[1], now)
    IntakeLink.objects.create(intake_id=intake.id, incident_id=incident.id, linked_at=now, org_path=PATH)
    _log(intake, incident, now)
    IdempotencyKey.objects.create(digest=uuid4().hex * 2, fingerprint=DIGEST, answer_sealed=ANSWER, created_at=now)
    intake.incident_id = incident.id
    return intake


def _create_intake(data: dict[str, Any], key: Any, now: datetime) -> Any:  # noqa: ANN401
    return Intake.objects.create(
        code=uuid4().hex[:24],
        source_channel=data["source_channel"],
        lane="staff",
        holder_id=UNIT,
        unit_id=UNIT,
        org_path=PATH,
        received_at=now,
        recorded_at=now,
        sealed=SEALED,
        key_id=key.id,
    )


def _create_incident(data: dict[str, Any], key: Any, now: datetime) -> Any:  # noqa: ANN401
    incident = Incident.objects.create(
        code=uuid4().hex[:24],
        state="received",
        group_code=data["group"],
        forms=data["forms"],
        holder_id=UNIT,
        unit_id=UNIT,
        org_path=PATH,
        received_at=now,
        created_at=now,
        updated_at=now,
        sealed=SEALED,
        key_id=key.id,
    )
    IncidentPerson.objects.create(
        incident_id=incident.id,
        role="victim",
        kind="pupil",
        unit_id=UNIT,
        sex="female",
        estimated_age=12,
        sealed=SEALED,
        key_id=key.id,
        org_path=PATH,
    )
    IncidentEvent.objects.create(
        incident_id=incident.id, kind="opened", data={"state": "received"}, at=now, org_path=PATH
    )
    Clock.objects.bulk_create([_clock(code, incident, now) for code in CLOCKS])
    return incident


def _clock(code: str, incident: Any, now: datetime) -> Any:  # noqa: ANN401
    return Clock(
        incident_id=incident.id,
        rule_code=code,
        label_vi="Thời hạn",
        label_en="A limit",
        source="benchmark",
        calendar="benchmark",
        escalates=True,
        started_on="receipt",
        met_by=["acknowledged"],
        started_at=now,
        due_at=now + timedelta(hours=12),
        updated_at=now,
        org_path=PATH,
    )


def _log(intake: Any, incident: Any, now: datetime) -> None:  # noqa: ANN401
    entry = AuditEntry.objects.create(
        unit_id=UNIT, org_path=PATH, at=now, about="create_intake", body=BODY, digest=DIGEST
    )
    AuditSubject.objects.bulk_create(
        [AuditSubject(entry_id=entry.id, subject_id=each.id) for each in (intake, incident)]
    )


class IntakeList(CreateAPIView):
    serializer_class = IntakeSerializer


urlpatterns = [path("intakes", IntakeList.as_view())]
