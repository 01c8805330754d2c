"""Invented cases, accounts and units with canaries: words that occur nowhere else, each with who may read it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, ClassVar
from uuid import UUID

from app.core.ids import case_code, new_id
from app.models.accounts import Client, User
from app.models.attachments import Attachment
from app.models.cases.child_cases import CaseAssessment, CasePlan, CasePlanStep, ChildCase
from app.models.cases.clocks import Clock, Escalation
from app.models.cases.disciplines import Discipline
from app.models.cases.incidents import Incident, IncidentEvent, IncidentPerson, IncidentSeverity
from app.models.duplicates import IncidentMerge
from app.models.intakes.informants import Informant, InformantOpening, InformantSearch
from app.models.intakes.intakes import AccusedUnit, Intake, IntakeLink
from app.models.intakes.messages import Message
from app.models.notices.mailboxes import Mailbox
from app.models.notices.notices import Notice
from app.models.notices.webhooks import Webhook, WebhookDelivery
from app.models.privacy.retention import DestructionCertificate, RetentionHold
from app.models.privacy.subject_requests import SubjectRequest
from app.models.referrals import Referral, ReferralChase
from app.models.sharing.emergency_accesses import EmergencyAccess
from app.models.sharing.grants import CaseGrant
from app.models.units import Unit
from app.repositories.reference import HotlineRepository
from app.repositories.units import UnitRepository
from app.schemas.units import UnitDescription
from app.security.access.scope import ALL
from app.services.intakes.informants import phone_index
from app.services.platform.unit_of_work import UnitOfWork
from app.services.units import UnitService
from tests.isolation.rule import PARTNERS, Account, Actor, Case, Place, Shared, manages_accounts_of, reaches, sees
from tests.world import World

CANARY = re.compile(r"zq\d{6}t\dzq|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
HELPED = frozenset({"bureau_a", "school_a1", "agency", "school_z"})
HELPED_USERS = frozenset({"a1.teacher", "thpt.teacher", "a2.head"})
SHARES = {
    "shared_facts": Shared(HELPED, tier=1),
    "shared_circumstances": Shared(HELPED, tier=2),
    "shared_identities": Shared(HELPED, tier=3),
    "shared_with_users": Shared(frozenset(), HELPED_USERS),
    "share_expired": Shared(HELPED, HELPED_USERS, live=False),
    "share_revoked": Shared(HELPED, HELPED_USERS, live=False),
}


@dataclass
class Estate:
    """What was planted, and by whom each canary may be read."""

    world: World
    users: dict[str, UUID]
    bystander: UUID = field(default_factory=new_id)
    hotline: UUID = field(default_factory=new_id)
    readers: dict[str, Callable[[Actor], bool]] = field(default_factory=dict)
    numbers: ClassVar[Iterator[int]] = count(1)
    paths: dict[str, str] = field(default_factory=dict)

    async def open(self) -> None:
        """Read the paths, and found a unit to which nobody belongs."""
        async with self.world.runtime.work(ALL) as work:
            for key, unit_id in self.world.units.items():
                self.paths[key] = (await UnitRepository(work.session).get(unit_id)).org_path
            self.hotline = (await HotlineRepository(work.session).in_force(work.today))[0].id
            self.bystander = (await self._leaf(work, "ministry")).id
            await work.commit()

    def _canary(self, number: int, tier: int, case: Case) -> str:
        word = f"zq{number:06d}t{tier}zq"
        self.readers[word] = lambda actor: sees(actor, case, tier)
        return word

    def _row_canary(self, number: int, case: Case) -> str:
        """A plain fact of a row that is there from the second tier of a grant on."""
        word = f"zq{number:06d}t9zq"
        self.readers[word] = lambda actor: reaches(actor, case, 2)
        return word

    async def case(self, key: str, holder: str, shared: Shared | None = None, unit: str = "") -> Case:
        """A case held by `holder`; `unit` is where it happened, if elsewhere."""
        case = Case(key, holder, shared, unit or holder)
        async with self.world.runtime.work(ALL) as work:
            self._plant(work, case, next(self.numbers))
            await work.commit()
        for name in ("intake_id", "loose_intake_id"):
            self.readers[str(case.ids[name])] = lambda actor: sees(actor, case, 1)
        # A unit's notices name their incident to all who read them there, also where it has no line.
        self.readers[str(case.ids["incident_id"])] = lambda actor: (
            sees(actor, case, 1) or (actor.role in PARTNERS and actor.unit == case.holder)
        )
        for name in ("absorbed_id", "merge_id"):
            self.readers[str(case.ids[name])] = lambda actor: reaches(actor, case, 9)
        for name in (
            "person_id",
            "pupil_id",
            "discipline_id",
            "referral_id",
            "attachment_id",
            "case_id",
            "plan_id",
            "step_id",
        ):
            self.readers[str(case.ids[name])] = lambda actor: sees(actor, case, 1)
        return case

    def _plant(self, work: UnitOfWork, case: Case, number: int) -> None:
        facts, circumstances, identities = (self._canary(number, tier, case) for tier in (1, 2, 3))
        row = self._row_canary(number, case)
        path, holder, now = self.paths[case.holder], self.world.units[case.holder], work.now
        told: dict[str, Any] = {"narrative": identities, "children": [{"name": identities}], "place": identities}
        common: dict[str, Any] = {"holder_id": holder, "org_path": path, "unit_id": self.world.units[case.unit]}
        cipher = work.new_cipher()
        intakes = [
            Intake(
                **common,
                code=f"{facts}{i}",
                source_channel="in_person",
                lane="staff",
                receipt_digest=f"{new_id().hex}{new_id().hex}",
                content=told,
                cipher=cipher,
                received_at=now,
                recorded_at=now,
            )
            for i in range(2)
        ]
        accused = AccusedUnit(intake_id=intakes[0].id, org_path=path, unit_id=self.bystander)
        incident = Incident(
            **common,
            code=case_code(now.year),
            state="received",
            group="school_violence",
            severity="low",
            location=facts,
            cipher=cipher,
            place=circumstances,
            summary=identities,
            held_above=case.unit != case.holder,
            received_at=now,
            created_at=now,
        )
        absorbed = Incident(
            **common,
            code=case_code(now.year),
            state="received",
            group="school_violence",
            cipher=cipher,
            summary=identities,
            received_at=now,
            created_at=now,
            merged_into_id=incident.id,
            event_id=incident.id,
        )
        merge = IncidentMerge(
            incident_id=absorbed.id,
            org_path=path,
            survivor_id=incident.id,
            reason=circumstances,
            cipher=cipher,
            merged_at=now,
        )
        part: dict[str, Any] = {"incident_id": incident.id, "org_path": path}
        sealed: dict[str, Any] = part | {"cipher": cipher}
        person = IncidentPerson(**sealed, role="victim", kind=row, name=identities, description=identities)
        pupil = IncidentPerson(**sealed, role="perpetrator", kind="pupil", name=identities)
        discipline = Discipline(
            **sealed,
            person_id=pupil.id,
            measure=row,
            decided_on=now.date(),
            decision_number=identities,
            note=identities,
            recorded_at=now,
        )
        referral = Referral(
            **sealed,
            code=facts,
            direction="out",
            hotline_id=self.hotline,
            channel=row,
            state="recorded",
            made_at=now - timedelta(hours=1),
            issuer_id=holder,
            contact_person=circumstances,
            request=identities,
            sheet_year=now.year,
            sheet_number=number,
        )
        referral.acknowledge_by = now - timedelta(minutes=1)
        chase = ReferralChase(
            **sealed,
            referral_id=referral.id,
            chased_at=now,
            channel=row,
            result=row,
            note=identities,
            recorded_at=now,
        )
        access = EmergencyAccess(
            **sealed,
            grant_id=new_id(),
            opened_at=now,
            opened_by=new_id(),
            by_role=facts,
            by_unit_id=holder,
            expires_at=now,
            reason=identities,
        )
        case_of_child, plan = self._child_case(sealed, person.id, circumstances, identities, now)
        clock = Clock(
            **part,
            rule_code="acknowledge",
            label_vi=facts,
            label_en=facts,
            source=facts,
            calendar="",
            escalates=True,
            started_on="receipt",
            met_by=[],
            started_at=now,
            due_at=now + timedelta(days=9),
        )
        escalation = Escalation(
            **sealed,
            clock_id=clock.id,
            from_unit_id=holder,
            to_unit_id=holder,
            raised_at=now,
            answer=circumstances,
        )
        notice = Notice(
            unit_id=holder, org_path=path, kind="escalated", incident_id=incident.id, data={}, created_at=now
        )
        open_grant = self._grant(case, sealed, work, Shared(frozenset(), tier=1))
        access.grant_id = open_grant.id
        open_grant.grantee_unit_id = self.bystander
        work.session.add_all(
            [
                *intakes,
                accused,
                incident,
                person,
                pupil,
                discipline,
                access,
                referral,
                chase,
                open_grant,
                clock,
                escalation,
                notice,
            ]
        )
        work.session.add_all([*case_of_child, *plan, absorbed, merge])
        kept = self._kept(work, case, sealed, facts, identities)
        work.session.add_all(kept)
        case.phone = f"09{number:08d}"
        for intake in intakes:
            told_by: dict[str, Any] = {"intake_id": intake.id, "org_path": path, "cipher": cipher}
            opening: dict[str, Any] = {"opened_at": now, "opened_by": holder, "by_role": "x", "by_unit_id": holder}
            told_of = {"consent": True, "name": identities, "phone": case.phone}
            work.session.add(Informant(**told_by, identity=told_of, phone_index=phone_index(work, case.phone)))
            work.session.add(Message(**told_by, from_reporter=True, text=identities, written_at=now, written_by=None))
            work.session.add(InformantOpening(**told_by, **opening, reason=identities))
        attachment = self._attachment(sealed, identities, work)
        work.session.add(attachment)
        work.session.add_all(
            [
                IntakeLink(**part, intake_id=intakes[0].id, linked_at=now),
                IncidentSeverity(**sealed, severity="low", reason=circumstances, judged_at=now),
                IncidentEvent(
                    **sealed, kind="opened", data={"word": facts}, reason=circumstances, by_role=circumstances, at=now
                ),
                *self._grants(case, sealed, work),
            ]
        )
        case.code = incident.code
        case.ids = {
            "incident_id": incident.id,
            "intake_id": intakes[0].id,
            "loose_intake_id": intakes[1].id,
            "person_id": person.id,
            "pupil_id": pupil.id,
            "discipline_id": discipline.id,
            "access_id": access.id,
            "referral_id": referral.id,
            "attachment_id": attachment.id,
            "grant_id": open_grant.id,
            "absorbed_id": absorbed.id,
            "merge_id": merge.id,
            "escalation_id": escalation.id,
            "notice_id": notice.id,
            "case_id": case_of_child[0].id,
            "plan_id": plan[0].id,
            "step_id": plan[1].id,
            "hold_id": kept[0].id,
            "request_id": kept[1].id,
            "certificate_id": kept[2].id,
            "search_id": kept[3].id,
        }

    def _kept(
        self, work: UnitOfWork, case: Case, sealed: dict[str, Any], facts: str, identities: str
    ) -> tuple[RetentionHold, SubjectRequest, DestructionCertificate, InformantSearch]:
        holder, now = self.world.units[case.holder], work.now
        hold = RetentionHold(**sealed, reason=identities, placed_at=now, placed_by=holder, by_unit_id=holder)
        request = SubjectRequest(
            org_path=sealed["org_path"],
            cipher=work.new_cipher(),
            code=f"{facts}r",
            unit_id=holder,
            kind="access",
            state="received",
            requester="representative",
            child_is_seven=True,
            identity={"name": identities},
            statement=identities,
            received_at=now,
            recorded_at=now,
            recorded_by=new_id(),
            answer_due_at=now + timedelta(days=2),
            act_due_at=now + timedelta(days=10),
            answer_source=facts,
            act_source=facts,
        )
        certificate = DestructionCertificate(
            org_path=sealed["org_path"],
            unit_id=holder,
            number=f"{facts}c",
            class_code="closed_incident",
            basis="schedule",
            decision=facts,
            issued_at=now,
            counts={"incident": 1},
            key_digests=[facts],
            ledger_first=1,
            ledger_last=1,
            ledger_head="0" * 64,
        )
        search = InformantSearch(
            org_path=sealed["org_path"],
            cipher=work.new_cipher(),
            code=f"{facts}s",
            reason=identities,
            searched_at=now,
            searched_by=new_id(),
            by_role=facts,
            by_unit_id=holder,
        )
        return hold, request, certificate, search

    def _child_case(
        self, part: dict[str, Any], person_id: UUID, circumstances: str, identities: str, now: datetime
    ) -> tuple[tuple[ChildCase, CaseAssessment], tuple[CasePlan, CasePlanStep]]:
        case = ChildCase(**part, code=case_code(now.year), person_id=person_id, state="under_way", opened_at=now)
        assessment = CaseAssessment(
            **part, case_id=case.id, cycle=1, harm={}, capacity={}, risk="low", note=identities, assessed_at=now
        )
        plan = CasePlan(
            **part, case_id=case.id, cycle=1, state="approved", goal=identities, reason=circumstances, submitted_at=now
        )
        step = CasePlanStep(
            **part,
            plan_id=plan.id,
            position=1,
            service="other",
            description=identities,
            responsible=circumstances,
        )
        return (case, assessment), (plan, step)

    def _attachment(self, part: dict[str, Any], title: str, work: UnitOfWork) -> Attachment:
        """Its content is nowhere: what is asked here is who gets as far as asking for it."""
        key = new_id()
        made: dict[str, Any] = {"kind": "text", "size": 1, "object_name": key.hex, "created_at": work.now}
        made["released_at"] = work.now
        return Attachment(**part, **made, id=key, title=title, keys={"sha256": title})

    def _grants(self, case: Case, part: dict[str, Any], work: UnitOfWork) -> Iterator[CaseGrant]:
        shared = case.shared
        if shared is None:
            return
        for unit in shared.units:
            grant = self._grant(case, part, work, shared)
            grant.grantee_unit_id = self.world.units[unit]
            yield grant
        for user in shared.users:
            grant = self._grant(case, part, work, shared)
            grant.grantee_user_id = self.users[user]
            yield grant

    def _grant(self, case: Case, part: dict[str, Any], work: UnitOfWork, shared: Shared) -> CaseGrant:
        lapsed, revoked = case.key == "share_expired", case.key == "share_revoked"
        return CaseGrant(
            **part,
            tier=shared.tier,
            reason="để thử",
            created_at=work.now,
            expires_at=work.now + timedelta(days=-1 if lapsed and not shared.live else 1),
            revoked_at=work.now if revoked and not shared.live else None,
        )

    async def account(self, unit: str) -> Account:
        """A user and a client whose names are canaries."""
        number = next(self.numbers)
        word = f"zq{number:06d}t1zq"
        self.readers[word] = lambda actor: manages_accounts_of(actor, unit)
        common: dict[str, Any] = {"unit_id": self.world.units[unit], "org_path": self.paths[unit]}
        role = "partner" if unit == "agency" else "auditor"
        async with self.world.runtime.work(ALL) as work:
            user = User(
                **common,
                username=f"thu.{number}",
                full_name=word,
                role=role,
                password_hash="khong-dung-duoc",
                created_at=work.now,
            )
            client = Client(**common, name=word, secret_digest="0", scopes=["unit:read"], created_at=work.now)
            webhook = Webhook(
                **common, url=f"https://{word}.example", secret_sealed=word, state="paused", created_at=work.now
            )
            key = new_id()
            address = work.runtime.sealer.seal(f"{word}@mau.example", f"mailbox:{key}|address")
            mailbox = Mailbox(**common, id=key, address_sealed=address, every_minutes=15, created_at=work.now)
            delivery = WebhookDelivery(
                webhook_id=webhook.id,
                org_path=webhook.org_path,
                sequence=1,
                kind="ping",
                body=word,
                next_at=None,
                created_at=work.now,
            )
            work.session.add_all([user, client, webhook, mailbox, delivery])
            await work.commit()
        ids = {"user_id": user.id, "client_id": client.id, "webhook_id": webhook.id, "mailbox_id": mailbox.id}
        for key in ids.values():
            self.readers[str(key)] = self.readers[word]
        return Account(unit, ids)

    async def place(self, unit: str) -> Place:
        async with self.world.runtime.work(ALL) as work:
            leaf = await self._leaf(work, unit)
            await work.commit()
        return Place(unit, {"unit_id": leaf.id})

    async def _leaf(self, work: UnitOfWork, under: str) -> Unit:
        parent = await UnitRepository(work.session).get(self.world.units[under])
        described = UnitDescription(
            name_vi=f"Cơ sở thử {next(self.numbers)}", effective_on=date(2021, 9, 1), decision_number="02/QĐ-MẪU"
        )
        return await UnitService(work).found_below("school", parent, described)
