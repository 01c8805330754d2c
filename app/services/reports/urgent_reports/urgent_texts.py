"""The text of an urgent report, made of what the case holds in codes: no name, and nothing that was typed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.time import VIETNAM
from app.models.cases.incidents import Incident, IncidentEvent, IncidentPerson
from app.models.referrals import Referral
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.referrals import ReferralRepository
from app.repositories.reports.urgent_reports import UrgentReportRepository
from app.repositories.units import UnitRepository
from app.services.cases.incidents import IncidentService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

# Items of the template `urgent_ad_hoc`.
WHAT_HAPPENED, MEASURES = "DX1", "DX2"
NONE_YET: Final = "Chưa ghi nhận biện pháp nào."


class UrgentTexts:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.codes = CodeListService(work)

    async def narratives(self, incident: Incident) -> dict[str, str]:
        """What is known now, by item of the template."""
        persons = await IncidentRepository(self.work.session).persons(incident.id)
        events = await IncidentService(self.work).events(incident)
        referrals = await UrgentReportRepository(self.work.session).referrals(incident.id)
        return {
            WHAT_HAPPENED: "\n".join(await self._what_happened(incident, persons)),
            MEASURES: "\n".join(await self._measures(incident, events, referrals)) or NONE_YET,
        }

    async def _what_happened(self, incident: Incident, persons: Sequence[IncidentPerson]) -> list[str]:
        groups, forms = await self.codes.labels("incident_group"), await self.codes.labels("incident_form")
        severities, places = await self.codes.labels("severity"), await self.codes.labels("location")
        kind = "; ".join([groups.get(incident.group, incident.group), *(forms.get(f, f) for f in incident.forms)])
        lines = [
            f"Mã vụ việc: {incident.code}.",
            f"Loại vụ việc: {kind}.",
            f"Thời gian xảy ra: {_occurred(incident)}.",
            f"Đơn vị nơi xảy ra: {await self._unit(incident.unit_id)}.",
            f"Tiếp nhận thông tin lúc {_moment(incident.received_at)}.",
        ]
        if incident.location is not None:
            lines.append(f"Địa điểm: {places.get(incident.location, incident.location)}.")
        if incident.severity is not None:
            lines.append(f"Mức độ: {severities.get(incident.severity, incident.severity)}.")
        return [*lines, *await self._persons(persons)]

    async def _persons(self, persons: Sequence[IncidentPerson]) -> list[str]:
        """By role and kind: how many, of which sex, of what age. Who was cleared has no role."""
        roles, kinds = await self.codes.labels("person_role"), await self.codes.labels("person_kind")
        sexes = await self.codes.labels("sex")
        groups: dict[tuple[str, str], list[IncidentPerson]] = defaultdict(list)
        for person in (each for each in persons if each.finding is None):
            groups[person.role, person.kind].append(person)
        return [
            f"{roles.get(role, role)} ({kinds.get(kind, kind).lower()}): {len(each)} người;"
            f" {_counted(sexes.get(person.sex, person.sex).lower() for person in each)}{_ages(each)}."
            for (role, kind), each in groups.items()
        ]

    async def _measures(
        self, incident: Incident, events: Iterable[IncidentEvent], referrals: Iterable[Referral]
    ) -> list[str]:
        acts = await self.codes.labels("incident_act")
        done = [
            f"- {_moment(datetime.fromisoformat(event.data['done_at']))}: {acts[event.kind]}."
            for event in events
            if event.kind in acts and "done_at" in event.data
        ]
        since = IncidentService(self.work).hidden_before(incident)
        shown = [each for each in referrals if since is None or each.made_at > since]
        return [*done, *[await self._referral(each) for each in shown]]

    async def _referral(self, referral: Referral) -> str:
        channels = await self.codes.labels("referral_channel")
        partner = await self._unit(referral.agency_id) if referral.agency_id else await self._hotline(referral)
        way = f"Chuyển đến {partner}" if referral.direction == "out" else f"Tiếp nhận từ {partner}"
        answered = "" if referral.acknowledged_at is None else f"; đã được xác nhận {_moment(referral.acknowledged_at)}"
        channel = channels.get(referral.channel, referral.channel).lower()
        return f"- {_moment(referral.made_at)}: {way} ({channel}){answered}."

    async def _hotline(self, referral: Referral) -> str:
        known = referral.hotline_id and await ReferralRepository(self.work.session).hotline(referral.hotline_id)
        return known.name_vi if known else "đường dây nóng"

    async def _unit(self, unit_id: UUID | None) -> str:
        if unit_id is None:
            return "chưa rõ"
        names = await UnitRepository(self.work.session).last_names([unit_id], self.work.today)
        return names[unit_id].name_vi


def _occurred(incident: Incident) -> str:
    if incident.occurred_at is not None:
        return _moment(incident.occurred_at)
    return "chưa rõ" if incident.occurred_on is None else f"{incident.occurred_on:%d/%m/%Y}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def _counted(words: Iterable[str]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for word in words:
        counts[word] += 1
    return ", ".join(f"{number} {word}" for word, number in sorted(counts.items()))


def _ages(persons: Sequence[IncidentPerson]) -> str:
    ages = sorted(person.estimated_age for person in persons if person.estimated_age is not None)
    if not ages:
        return ""
    return f"; {ages[0]} tuổi" if ages[0] == ages[-1] else f"; {ages[0]}–{ages[-1]} tuổi"
