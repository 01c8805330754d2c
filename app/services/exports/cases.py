"""Exports of incidents and referrals of the caller's line: facts alone, no word that is sealed and no person."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.core.problems import Text
from app.core.scoping import AccessClass
from app.core.time import start_of
from app.models.cases.incidents import Incident
from app.models.referrals import Referral
from app.repositories.units import UnitRepository
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.exports import ExportIn
from app.schemas.referrals.flow import REFERRAL_FLOW
from app.security.access.roles import Resource
from app.services.exports.contract import PART, ExportedList, ExportField, ExportPart, Row, next_after

DAY: Final = timedelta(days=1)


def _states(states: Mapping[str, tuple[str, str]]) -> Mapping[str, str]:
    return MappingProxyType({state: vi for state, (vi, _) in states.items()})


def _days(asked: ExportIn) -> tuple[datetime | None, datetime | None]:
    first = start_of(asked.first_day) if asked.first_day else None
    return first, start_of(asked.last_day + DAY) if asked.last_day else None


class Incidents(ExportedList):
    code = "incidents"
    resource = Resource.INCIDENT
    access_class = AccessClass.CASE
    fields = (
        ExportField("code", Text("Mã vụ việc", "Incident code")),
        ExportField("unit", Text("Đơn vị", "Unit")),
        ExportField("state", Text("Trạng thái", "State"), labels=_states(INCIDENT_FLOW.states)),
        ExportField("group", Text("Nhóm", "Group"), "incident_group"),
        ExportField("severity", Text("Mức độ", "Severity"), "severity"),
        ExportField("location", Text("Nơi xảy ra", "Location"), "location"),
        ExportField("occurred_on", Text("Ngày xảy ra", "Occurred on")),
        ExportField("received_at", Text("Tiếp nhận lúc", "Received at")),
        ExportField("is_merged", Text("Đã gộp vào vụ việc khác", "Merged into another")),
    )

    async def part(self, asked: ExportIn, after: UUID | None) -> ExportPart:
        within = self.work.scope.reads(Incident)
        found = await self.exported.incidents(within, _days(asked), after, PART)
        self.work.audit_view(found)
        units = {each.unit_id for each in found if each.unit_id is not None}
        names = await UnitRepository(self.work.session).names(units, self.work.today)
        rows: list[Row] = [
            {
                "code": each.code,
                "unit": names[each.unit_id].name_vi if each.unit_id in names else None,
                "state": each.state,
                "group": each.group,
                "severity": each.severity,
                "location": each.location,
                "occurred_on": each.occurred_on,
                "received_at": each.received_at,
                "is_merged": each.is_merged,
            }
            for each in found
        ]
        return ExportPart(rows, next_after(found))


class Referrals(ExportedList):
    code = "referrals"
    resource = Resource.REFERRAL
    access_class = AccessClass.CASE
    fields = (
        ExportField("code", Text("Mã chuyển gửi", "Referral code")),
        ExportField("incident_code", Text("Mã vụ việc", "Incident code")),
        ExportField(
            "direction",
            Text("Chiều", "Direction"),
            labels=MappingProxyType({"out": "Chuyển đi", "in": "Chuyển đến"}),
        ),
        ExportField("channel", Text("Kênh", "Channel"), "referral_channel"),
        ExportField("state", Text("Trạng thái", "State"), labels=_states(REFERRAL_FLOW.states)),
        ExportField("made_at", Text("Chuyển lúc", "Made at")),
        ExportField("acknowledged_at", Text("Xác nhận lúc", "Acknowledged at")),
        ExportField("outcome_at", Text("Có kết quả lúc", "Outcome at")),
        ExportField("outcome", Text("Kết quả", "Outcome"), "referral_outcome"),
        ExportField("closed_at", Text("Đóng lúc", "Closed at")),
    )

    async def part(self, asked: ExportIn, after: UUID | None) -> ExportPart:
        within = self.work.scope.reads(Referral)
        found = await self.exported.referrals(within, _days(asked), after, PART)
        self.work.audit_view(found)
        codes = await self.exported.incident_codes({each.incident_id for each in found})
        own = ("code", "direction", "channel", "state", "made_at", "acknowledged_at", "outcome_at", "outcome")
        rows: list[Row] = [
            {name: getattr(each, name) for name in (*own, "closed_at")} | {"incident_code": codes.get(each.incident_id)}
            for each in found
        ]
        return ExportPart(rows, next_after(found))
