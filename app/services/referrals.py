"""Referrals: recorded with their times and numbers, never pretended to be sent (111 and 18008077 have no interface)."""

from collections.abc import Sequence
from uuid import UUID

from app.core.clock import local_date
from app.core.code_list_cache import Coded
from app.core.ids import case_code
from app.core.notice_kinds import NoticeKind
from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN, NOT_FOUND, Problem, invalid
from app.documents.handover import HandoverSheet
from app.documents.press import Press
from app.models.base import Tier
from app.models.incidents import Incident, IncidentPerson
from app.models.reference import Hotline
from app.models.referrals import Referral
from app.repositories.incidents import IncidentRepository
from app.repositories.referrals import ReferralRepository
from app.repositories.units import UnitRepository
from app.schemas.referrals import ReferralAnswerIn, ReferralIn, ReferralTransitionIn
from app.security.scope import Reason
from app.services.clock_rules import ClockRules
from app.services.code_lists import CodeListService
from app.services.flows import REFERRAL_FLOW
from app.services.incidents import IncidentService, reason_owed
from app.services.notices import tell_beyond
from app.services.work import Work

SERIES = "PCG"
TO_HOTLINE, TO_AGENCY = "referral_to_hotline", "referral_to_agency"
AGENCY = "agency"
SEXES = {"male": "nam", "female": "nữ"}

SHEET_TEXT = 4000
PRESS = Press()


class ReferralService:
    def __init__(self, work: Work) -> None:
        self.work = work
        self.referrals = ReferralRepository(work.session)
        self.incidents = IncidentService(work)

    async def create(self, incident: Incident, data: ReferralIn) -> Referral:
        """Record that the incident was told to a partner, or by one. An outward one gets a hand-over sheet's number."""
        await CodeListService(self.work).check(
            [Coded("referral_channel", data.channel, "/channel")], local_date(data.made_at)
        )
        await self._check_partner(data)
        referral = Referral(
            code=case_code(self.work.today.year),
            incident_id=incident.id,
            org_path=incident.org_path,
            cipher=incident.ciphered,
            state=REFERRAL_FLOW.initial,
            made_by=self.work.actor.id,
            issuer_id=self.work.actor.unit_id,
            **data.model_dump(),
        )
        if data.direction == "out":
            referral.sheet_year = self.work.today.year
            referral.sheet_number = await self.referrals.next_number(
                self.work.actor.unit_id, referral.sheet_year, SERIES
            )
        await self._await_answer(referral)
        self.referrals.add(referral)
        await self._tell(referral, incident, f"referred_{data.direction}")
        await self.work.flush()
        if data.agency_id is not None and data.direction == "out":
            told = {"code": referral.code, "referral_id": str(referral.id)}
            # Without the incident: a referral opens nothing, and what is shared is told by its own notice.
            await tell_beyond(self.work, data.agency_id, NoticeKind.REFERRAL_MADE, None, told)
        return referral

    async def get(self, referral_id: UUID) -> Referral:
        return await self.referrals.get(referral_id)

    async def get_own(self, referral_id: UUID) -> Referral:
        """One to write to. Raises `forbidden` (403) where its incident is only shared with the caller."""
        referral = await self.referrals.get(referral_id)
        self.incidents.check_own(referral)
        return referral

    async def page(self, page: PageRequest, *, incident_id: UUID | None, state: str | None) -> Page[Referral]:
        within = self.work.scope.case_read
        return await self.referrals.page(self.referrals.listed(within, incident_id=incident_id, state=state), page)

    async def tier(self, referral: Referral) -> Tier:
        return await self.incidents.tier(referral, referral.incident_id)

    async def tiers(self, referrals: Sequence[Referral]) -> list[Tier]:
        return await self.incidents.tiers([(each, each.incident_id) for each in referrals])

    async def transition(self, referral: Referral, data: ReferralTransitionIn) -> Referral:
        """Take one step. Raises `wrong_state` (409); `invalid` (422) where its outcome or reason is missing."""
        step = REFERRAL_FLOW.step(referral.state, data.action)
        at = data.at or self.work.now
        if at < referral.made_at:
            raise invalid(
                "/at", "before_the_referral", "Không thể trước lúc chuyển", "It cannot be before the referral"
            )
        if step.needs_reason and data.reason is None:
            raise reason_owed()
        if data.action == "acknowledge":
            referral.acknowledged_at, referral.acknowledged_by_name = at, data.person
            referral.reference_given = data.reference_given or referral.reference_given
        elif data.action == "record_outcome":
            await self._record_outcome(referral, data)
            referral.outcome_at = at
        elif data.action == "record_feedback":
            referral.feedback_at, referral.feedback = at, data.note
        elif data.action in {"close", "withdraw"}:
            referral.closed_at = at
        referral.state = step.target
        incident = await self.incidents.get(referral.incident_id)
        await self._tell(referral, incident, f"referral_{data.action}", data.reason)
        await self.work.flush()
        return referral

    async def answer(self, referral: Referral, data: ReferralAnswerIn) -> Referral:
        """A step by the agency itself, of what was handed to it and shared with it.

        Raises `forbidden` (403) where it was handed to somebody else.
        """
        if referral.agency_id != self.work.actor.unit_id or referral.direction != "out":
            raise FORBIDDEN()
        async with self.work.widened(Reason.PARTNER_ANSWER):
            return await self.transition(referral, ReferralTransitionIn(**data.model_dump()))

    async def _await_answer(self, referral: Referral) -> None:
        """Until when the partner is to acknowledge an outward one: the rule of its kind, or a unit's stricter one."""
        starts_on = TO_HOTLINE if referral.hotline_id else TO_AGENCY
        rules = ClockRules(self.work)
        for rule in await rules.in_force(local_date(referral.made_at)):
            if rule.starts_on == starts_on and referral.direction == "out":
                referral.acknowledge_by, _ = await rules.limit(rule, referral.org_path, referral.made_at)

    async def handover_sheet(self, referral: Referral) -> bytes:
        """The numbered sheet for a partner without an interface, as PDF. `not_found` (404) for an inward referral."""
        if referral.sheet_number is None or referral.sheet_year is None:
            raise NOT_FOUND()
        if await self.tier(referral) < Tier.IDENTITIES:
            raise NOT_FOUND()
        incident = await self.incidents.get(referral.incident_id)
        sheet = await self._sheet(referral, incident, referral.sheet_number, referral.sheet_year)
        # Setting a page holds no connection, takes its turn, and takes no thread that others need.
        await self.work.finish_read()
        return await PRESS.set(sheet)

    async def _sheet(self, referral: Referral, incident: Incident, number: int, year: int) -> HandoverSheet:
        units = UnitRepository(self.work.session)
        day = local_date(referral.made_at)
        issuer = await units.get(referral.issuer_id)
        above = await units.above(issuer.org_path)
        ids = {issuer.id, *([above.id] if above else []), *([referral.agency_id] if referral.agency_id else [])}
        names = {key: version.name_vi for key, version in (await units.names(ids, day)).items()}
        hotline = await self.referrals.hotline(referral.hotline_id) if referral.hotline_id else None
        persons = await IncidentRepository(self.work.session).persons(incident.id)
        return HandoverSheet(
            number=number,
            year=year,
            symbol=f"{SERIES}-ATHĐ",
            issuing_unit=names.get(issuer.id, ""),
            parent_unit=names.get(above.id, "") if above else "",
            place="",
            issued_on=day,
            recipient_name=hotline.name_vi if hotline else names.get(referral.agency_id or issuer.id, ""),
            recipient_number=hotline.number if hotline else None,
            incident_code=incident.code,
            referral_code=referral.code,
            channel=await self._label("referral_channel", referral.channel),
            made_at=referral.made_at,
            contact_person=referral.contact_person or "",
            reference_given=referral.reference_given or "",
            summary_vi=_shortened(incident.summary),
            child_line=children_in_words(persons),
            requested_action=_shortened(referral.request),
            acknowledgement_due=referral.acknowledge_by,
            signer_title="",
            signer_name="",
        )

    async def _label(self, name: str, code: str) -> str:
        entries = await CodeListService(self.work).entries(name, None)
        return next((entry.label_vi for entry in entries if entry.code == code), code)

    async def _record_outcome(self, referral: Referral, data: ReferralTransitionIn) -> None:
        if data.outcome is None:
            raise invalid("/outcome", "outcome_required", "Cần mã kết quả", "The outcome's code is required")
        await CodeListService(self.work).check([Coded("referral_outcome", data.outcome, "/outcome")], self.work.today)
        referral.outcome, referral.outcome_note = data.outcome, data.note

    async def _check_partner(self, data: ReferralIn) -> None:
        if data.hotline_id is not None:
            hotline = await self.referrals.hotline(data.hotline_id)
            day = local_date(data.made_at)
            if hotline is None or not _in_force(hotline, data):
                raise _unknown("/hotline_id", f"Không có tổng đài này vào ngày {day}", "No such hotline on that day")
        elif data.agency_id is not None:
            agency = await self.referrals.agency(data.agency_id)
            if agency is None or agency.kind != AGENCY:
                raise _unknown("/agency_id", "Không có cơ quan này", "There is no such agency")

    async def _tell(self, referral: Referral, incident: Incident, kind: str, reason: str | None = None) -> None:
        data = {"referral_id": str(referral.id), "state": referral.state, "channel": referral.channel}
        await self.incidents.tell(incident, kind, data, reason)


def _in_force(hotline: Hotline, data: ReferralIn) -> bool:
    day = local_date(data.made_at)
    return hotline.valid_from <= day and (hotline.valid_to is None or day < hotline.valid_to)


def _unknown(pointer: str, vi: str, en: str) -> Problem:
    return invalid(pointer, "unknown_partner", vi, en)


def children_in_words(persons: list[IncidentPerson]) -> str:
    """The children without their names: "02 trẻ: nữ, khoảng 12 tuổi; nam"."""
    victims = [p for p in persons if p.role == "victim"]
    if not victims:
        return ""
    each = [", ".join(filter(None, (SEXES.get(p.sex), _age(p)))) or "chưa rõ" for p in victims]
    return f"{len(victims):02d} trẻ: {'; '.join(each)}"


def _age(person: IncidentPerson) -> str | None:
    if person.birth_date is not None:
        return f"sinh năm {person.birth_date.year}"
    return f"khoảng {person.estimated_age} tuổi" if person.estimated_age is not None else None


def _shortened(text: str | None) -> str:
    """A sheet is a paper of a page or two; the whole text is in the case."""
    if text is None or len(text) <= SHEET_TEXT:
        return text or ""
    return f"{text[:SHEET_TEXT]} […]"
