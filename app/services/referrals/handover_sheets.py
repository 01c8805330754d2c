"""Hand-over sheets: numbered by unit and year, without any child's name."""

from collections.abc import Sequence

from app.core.problems import NOT_FOUND
from app.core.time import local_date
from app.documents.handover import HandoverSheet
from app.models.cases.incidents import IncidentPerson
from app.models.referrals import Referral
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.referrals import ReferralRepository
from app.repositories.units import UnitRepository
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

SERIES = "PCG"
SEXES = {"male": "nam", "female": "nữ"}
LONGEST_TEXT = 4000


class HandoverSheets:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.referrals = ReferralRepository(work.session)
        self.incidents = IncidentRepository(work.session)
        self.units = UnitRepository(work.session)

    async def number(self, referral: Referral) -> None:
        """Give the referral the next number of its issuer's series."""
        referral.sheet_year = self.work.today.year
        referral.sheet_number = await self.referrals.next_number(referral.issuer_id, referral.sheet_year, SERIES)

    async def render(self, referral: Referral) -> bytes:
        """The sheet for a partner without an interface, as PDF.

        Raises `not_found` (404) for a referral without a number, `unavailable` (503) if the renderer is busy.
        """
        if referral.sheet_number is None or referral.sheet_year is None:
            raise NOT_FOUND()
        sheet = await self._sheet(referral, referral.sheet_number, referral.sheet_year)
        # Rendering waits in a queue, so it must not occupy a database connection.
        await self.work.commit_read()
        return await self.work.runtime.renderer.render(sheet)

    async def _sheet(self, referral: Referral, number: int, year: int) -> HandoverSheet:
        day = local_date(referral.made_at)
        incident = await self.incidents.get(referral.incident_id)
        issuer = await self.units.get(referral.issuer_id)
        above = await self.units.above(issuer.org_path)
        ids = {issuer.id, *([above.id] if above else []), *([referral.agency_id] if referral.agency_id else [])}
        names = {key: version.name_vi for key, version in (await self.units.names(ids, day)).items()}
        hotline = await self.referrals.hotline(referral.hotline_id) if referral.hotline_id else None
        persons = await self.incidents.persons(incident.id)
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
            channel=await self._channel(referral.channel),
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

    async def _channel(self, code: str) -> str:
        entries = await CodeListService(self.work).entries("referral_channel", None)
        return next((entry.label_vi for entry in entries if entry.code == code), code)


def children_in_words(persons: Sequence[IncidentPerson]) -> str:
    """The children without their names: "02 trẻ: nữ, khoảng 12 tuổi; nam"."""
    victims = [p for p in persons if p.role == "victim"]
    if not victims:
        return ""
    descriptions = [", ".join(filter(None, (SEXES.get(p.sex), _age(p)))) or "chưa rõ" for p in victims]
    return f"{len(victims):02d} trẻ: {'; '.join(descriptions)}"


def _age(person: IncidentPerson) -> str | None:
    if person.birth_date is not None:
        return f"sinh năm {person.birth_date.year}"
    return f"khoảng {person.estimated_age} tuổi" if person.estimated_age is not None else None


def _shortened(text: str | None) -> str:
    """The text shortened for a sheet of one or two pages; the case has the full text."""
    if text is None or len(text) <= LONGEST_TEXT:
        return text or ""
    return f"{text[:LONGEST_TEXT]} […]"
