"""Hand-over sheets: numbered by unit and year, without any child's name."""

import re
from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

from app.core.problems import NOT_FOUND
from app.core.time import local_date
from app.documents.handover import HandoverSheet, render_handover
from app.models.cases.incidents import Incident, IncidentPerson
from app.models.referrals import Referral
from app.models.units import Unit
from app.repositories.cases.incidents import IncidentRepository
from app.repositories.referrals import ReferralRepository
from app.repositories.units import UnitRepository
from app.security.crypto.phones import national
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService

SERIES = "PCG"
SEXES = {"male": "nam", "female": "nữ"}
LONGEST_TEXT = 4000
COMMUNE = "commune"
# The place is a name alone, except of a ward that is only numbered: "Phường 5".
COMMUNE_TITLE = re.compile(
    r"^(?:(?:Ủy ban nhân dân|UBND)\s+)?(?:(?:xã|phường|thị trấn|đặc khu)\s+(?!\d))?", re.IGNORECASE
)


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
        return await self.work.runtime.renderer.render(partial(render_handover, sheet))

    async def _sheet(self, referral: Referral, number: int, year: int) -> HandoverSheet:
        day = local_date(referral.made_at)
        incident = await self.incidents.get(referral.incident_id)
        issuer = await self.units.get(referral.issuer_id)
        above = await self.units.above(issuer.org_path)
        names = await self._names(day, issuer.id, above.id if above else None, referral.agency_id, incident.unit_id)
        partner_name, partner_number = await self._partner(referral, names)
        return HandoverSheet(
            number=number,
            year=year,
            symbol=f"{SERIES}-ATHĐ",
            issuing_unit=names.get(issuer.id, ""),
            parent_unit=names.get(above.id, "") if above else "",
            place=await self._place(issuer, day),
            issued_on=day,
            recipient_name=partner_name,
            recipient_number=partner_number,
            incident_code=incident.code,
            what=await self._what(incident),
            occurred=incident.occurred_at or incident.occurred_on,
            where=await self._where(incident),
            school=names.get(incident.unit_id, "") if incident.unit_id else "",
            referral_code=referral.code,
            channel=await self._label("referral_channel", referral.channel),
            made_at=referral.made_at,
            issuer_contact=contact_in_words(issuer),
            contact_person=referral.contact_person or "",
            reference_given=referral.reference_given or "",
            summary_vi=_shortened(incident.summary),
            child_line=children_in_words(await self.incidents.persons(incident.id)),
            requested_action=_shortened(referral.request),
            acknowledgement_due=referral.acknowledge_by,
            signer_title=issuer.signer_title or await self.units.signer_title(issuer.kind) or "",
            signer_name="",
        )

    async def _names(self, day: date, *unit_ids: UUID | None) -> dict[UUID, str]:
        named = await self.units.last_names({key for key in unit_ids if key is not None}, day)
        return {key: version.name_vi for key, version in named.items()}

    async def _partner(self, referral: Referral, names: dict[UUID, str]) -> tuple[str, str | None]:
        """The partner's name and telephone number."""
        if referral.hotline_id is not None:
            hotline = await self.referrals.hotline(referral.hotline_id)
            return (hotline.name_vi, hotline.number) if hotline else ("", None)
        agency = await self.referrals.agency(referral.agency_id) if referral.agency_id else None
        return (names.get(agency.id, ""), _phones(agency) or None) if agency else ("", None)

    async def _place(self, issuer: Unit, day: date) -> str:
        """The place in the date line (Decree 30/2020/NĐ-CP, Article 8): the unit's own, else its commune's name."""
        commune = None if issuer.document_place else await self.units.in_line(issuer.org_path, COMMUNE)
        if commune is None:
            return issuer.document_place or ""
        return COMMUNE_TITLE.sub("", (await self._names(day, commune.id)).get(commune.id, ""))

    async def _what(self, incident: Incident) -> str:
        forms = await CodeListService(self.work).labels("incident_form")
        said = [forms.get(form, form) for form in incident.forms]
        group = await self._label("incident_group", incident.group)
        return f"{group}: {'; '.join(said)}" if said else group

    async def _where(self, incident: Incident) -> str:
        location = await self._label("location", incident.location) if incident.location else None
        return " – ".join(filter(None, (location, incident.place)))

    async def _label(self, name: str, code: str) -> str:
        return (await CodeListService(self.work).labels(name)).get(code, code)


def contact_in_words(unit: Unit) -> str:
    """Address, telephones and e-mail on one line: "Số 1 …; ĐT: 0275 3822 000; thư điện tử: …"."""
    phones = _phones(unit)
    parts = (unit.address, phones and f"ĐT: {phones}", unit.email and f"thư điện tử: {unit.email}")
    return "; ".join(filter(None, parts))


def _phones(unit: Unit) -> str:
    # No line ends within a number.
    return ", ".join(national(phone).replace(" ", "\N{NO-BREAK SPACE}") for phone in unit.phones or [])


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
