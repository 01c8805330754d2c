"""A legal hold, a request of a data subject, and a certificate of destruction."""

from datetime import timedelta

from app.core.ids import new_id
from app.models.privacy.retention import DestructionCertificate, RetentionHold
from app.models.privacy.subject_requests import SubjectRequest
from tests.isolation.plot import Plot


def plant(plot: Plot) -> None:
    now, holder, facts, identities = plot.now, plot.holder, plot.facts, plot.identities
    hold = RetentionHold(**plot.sealed, reason=identities, placed_at=now, placed_by=holder, by_unit_id=holder)
    request = SubjectRequest(
        org_path=plot.path,
        cipher=plot.work.new_cipher(),
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
        org_path=plot.path,
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
    plot.add(hold, request, certificate)
    plot.record("hold_id", hold.id)
    plot.record("request_id", request.id)
    plot.record("certificate_id", certificate.id)
