"""Invented cases, accounts and units with canaries: words that occur nowhere else, each with who may read it."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any, ClassVar
from uuid import UUID

from app.core.ids import new_id
from app.models.attachments import Attachment
from app.models.incidents import (
    CaseGrant,
    Incident,
    IncidentEvent,
    IncidentPerson,
    IncidentSeverity,
    Intake,
    IntakeLink,
)
from app.models.referrals import Referral
from app.models.units import Unit
from app.models.users import Client, User
from app.repositories.reference import HotlineRepository
from app.repositories.units import UnitRepository
from app.schemas.units import UnitDescription
from app.security.scope import ALL
from app.security.sealing import Sealer
from app.services.attachments import row_place
from app.services.units import UnitService
from app.services.work import Work
from tests.isolation.rule import Account, Actor, Case, Place, Shared, manages_accounts_of, sees
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

    async def case(self, key: str, holder: str, shared: Shared | None = None, unit: str = "") -> Case:
        """A case held by `holder`; `unit` is where it happened, if elsewhere."""
        case = Case(key, holder, shared, unit or holder)
        async with self.world.runtime.work(ALL) as work:
            self._plant(work, case, next(self.numbers))
            await work.commit()
        for name in ("incident_id", "intake_id", "loose_intake_id"):
            self.readers[str(case.ids[name])] = lambda actor: sees(actor, case, 1)
        for name in ("person_id", "referral_id", "attachment_id"):
            self.readers[str(case.ids[name])] = lambda actor: sees(actor, case, 1)
        return case

    def _plant(self, work: Work, case: Case, number: int) -> None:
        facts, circumstances, identities = (self._canary(number, tier, case) for tier in (1, 2, 3))
        path, holder, now = self.paths[case.holder], self.world.units[case.holder], work.now
        told: dict[str, Any] = {"narrative": identities, "children": [{"name": identities}], "place": identities}
        common: dict[str, Any] = {"holder_id": holder, "org_path": path, "unit_id": self.world.units[case.unit]}
        intakes = [
            Intake(
                **common,
                code=f"{facts}{i}",
                source_channel="in_person",
                lane="staff",
                content=told,
                received_at=now,
                recorded_at=now,
            )
            for i in range(2)
        ]
        incident = Incident(
            **common,
            code=facts,
            state="received",
            group="school_violence",
            place=circumstances,
            summary=identities,
            accused_routed=case.unit != case.holder,
            created_at=now,
        )
        part: dict[str, Any] = {"incident_id": incident.id, "org_path": path}
        person = IncidentPerson(**part, role="victim", kind="pupil", name=identities, description=identities)
        referral = Referral(
            **part,
            code=facts,
            direction="out",
            hotline_id=self.hotline,
            channel="phone",
            state="recorded",
            made_at=now - timedelta(hours=1),
            issuer_id=holder,
            contact_person=circumstances,
            request=identities,
            sheet_year=now.year,
            sheet_number=number,
        )
        attachment = self._attachment(part, identities, work)
        open_grant = self._grant(case, path, incident.id, work, Shared(frozenset(), tier=1))
        open_grant.grantee_unit_id = self.bystander
        work.session.add_all([*intakes, incident, person, referral, attachment, open_grant])
        work.session.add_all(
            [
                IntakeLink(**part, intake_id=intakes[0].id, linked_at=now),
                IncidentSeverity(**part, severity="low", reason=circumstances, judged_at=now),
                IncidentEvent(**part, kind="opened", reason=circumstances, at=now),
                *self._grants(case, path, incident.id, work),
            ]
        )
        case.ids = {
            "incident_id": incident.id,
            "intake_id": intakes[0].id,
            "loose_intake_id": intakes[1].id,
            "person_id": person.id,
            "referral_id": referral.id,
            "attachment_id": attachment.id,
            "grant_id": open_grant.id,
        }

    def _attachment(self, part: dict[str, Any], title: str, work: Work) -> Attachment:
        """Its content is nowhere: what is asked here is who gets as far as asking for it."""
        key, sealer = new_id(), Sealer(self.world.runtime.ring.secret("attachments"))
        sealed = sealer.seal(json.dumps({"sha256": title}), row_place(key, part["incident_id"]))
        made: dict[str, Any] = {"kind": "text", "size": 1, "object_name": key.hex, "created_at": work.now}
        return Attachment(**part, **made, id=key, title=title, keys_sealed=sealed)

    def _grants(self, case: Case, path: str, incident_id: UUID, work: Work) -> Iterator[CaseGrant]:
        shared = case.shared
        if shared is None:
            return
        for unit in shared.units:
            grant = self._grant(case, path, incident_id, work, shared)
            grant.grantee_unit_id = self.world.units[unit]
            yield grant
        for user in shared.users:
            grant = self._grant(case, path, incident_id, work, shared)
            grant.grantee_user_id = self.users[user]
            yield grant

    def _grant(self, case: Case, path: str, incident_id: UUID, work: Work, shared: Shared) -> CaseGrant:
        lapsed, revoked = case.key == "share_expired", case.key == "share_revoked"
        return CaseGrant(
            incident_id=incident_id,
            org_path=path,
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
            work.session.add_all([user, client])
            await work.commit()
        for key in (user.id, client.id):
            self.readers[str(key)] = self.readers[word]
        return Account(unit, {"user_id": user.id, "client_id": client.id})

    async def place(self, unit: str) -> Place:
        async with self.world.runtime.work(ALL) as work:
            leaf = await self._leaf(work, unit)
            await work.commit()
        return Place(unit, {"unit_id": leaf.id})

    async def _leaf(self, work: Work, under: str) -> Unit:
        parent = await UnitRepository(work.session).get(self.world.units[under])
        described = UnitDescription(
            name_vi=f"Cơ sở thử {next(self.numbers)}", effective_on=date(2021, 9, 1), decision_number="02/QĐ-MẪU"
        )
        return await UnitService(work).found_below("school", parent, described)
