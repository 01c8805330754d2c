"""Two forwarded intakes with their informants and messages, one of them linked, and a search for an informant."""

from typing import Any

from app.core.ids import new_id
from app.models.intakes.forwardings import IntakeForwarding
from app.models.intakes.informants import Informant, InformantOpening, InformantSearch
from app.models.intakes.intakes import AccusedUnit, Intake, IntakeLink
from app.models.intakes.messages import Message
from app.models.intakes.set_asides import IntakeSetAside
from app.services.intakes.intakes import phone_indexes
from tests.isolation.plot import Plot


def plant(plot: Plot) -> None:
    linked, loose = _intake(plot, 0), _intake(plot, 1)
    plot.case.phone = f"09{plot.number:08d}"
    plot.add(linked, loose, AccusedUnit(intake_id=linked.id, org_path=plot.path, unit_id=plot.bystander))
    for intake in (linked, loose):
        _plant_informant(plot, intake)
        _plant_forwarding(plot, intake)
        _plant_set_aside(plot, intake)
    plot.add(IntakeLink(**plot.part, intake_id=linked.id, linked_at=plot.now))
    plot.record("intake_id", linked.id, plot.sees)
    plot.record("loose_intake_id", loose.id, plot.sees)
    _plant_search(plot)


def _intake(plot: Plot, number: int) -> Intake:
    words = plot.identities
    return Intake(
        **plot.held,
        code=f"{plot.facts}{number}",
        source_channel="in_person",
        lane="staff",
        receipt_digest=f"{new_id().hex}{new_id().hex}",
        content={"narrative": words, "children": [{"name": words}], "place": words},
        cipher=plot.cipher,
        received_at=plot.now,
        recorded_at=plot.now,
    )


def _plant_informant(plot: Plot, intake: Intake) -> None:
    now, phone, words = plot.now, plot.case.phone, plot.identities
    part: dict[str, Any] = {"intake_id": intake.id, "org_path": plot.path, "cipher": plot.cipher}
    identity = {"consent": True, "name": words, "phone": phone}
    opening: dict[str, Any] = {"opened_at": now, "opened_by": plot.holder, "by_role": "x", "by_unit_id": plot.holder}
    plot.add(
        Informant(**part, identity=identity, phone_index=phone_indexes(plot.work, phone)[0]),
        Message(**part, from_reporter=True, text=words, written_at=now, written_by=None),
        InformantOpening(**part, **opening, reason=words),
    )


def _plant_forwarding(plot: Plot, intake: Intake) -> None:
    forwarding = IntakeForwarding(
        intake_id=intake.id,
        org_path=plot.path,
        cipher=plot.cipher,
        is_hand_back=False,
        unit_id=intake.unit_id,
        from_unit_id=plot.bystander,
        to_unit_id=plot.holder,
        accuses_nobody=True,
        reason=plot.identities,
        forwarded_at=plot.now,
        forwarded_by=new_id(),
        by_role=plot.facts,
        by_unit_id=plot.bystander,
    )
    plot.add(forwarding)
    plot.record("receiver_id", plot.units["school_z" if plot.case.holder != "school_z" else "school_a1"])


def _plant_set_aside(plot: Plot, intake: Intake) -> None:
    """One that was undone, so that the intake can be opened, linked and forwarded."""
    set_aside = IntakeSetAside(
        intake_id=intake.id,
        org_path=plot.path,
        cipher=plot.cipher,
        reason="test",
        note=plot.identities,
        set_aside_at=plot.now,
        set_aside_by=new_id(),
        by_role=plot.facts,
        by_unit_id=plot.bystander,
        undone_at=plot.now,
        undone_by=new_id(),
        undo_reason=plot.identities,
    )
    plot.add(set_aside)


def _plant_search(plot: Plot) -> None:
    search = InformantSearch(
        org_path=plot.path,
        cipher=plot.work.new_cipher(),
        code=f"{plot.facts}s",
        reason=plot.identities,
        searched_at=plot.now,
        searched_by=new_id(),
        by_role=plot.facts,
        by_unit_id=plot.holder,
    )
    plot.add(search)
    plot.record("search_id", search.id)
