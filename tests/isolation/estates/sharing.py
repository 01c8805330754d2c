"""The grants of a case: those that its kind asks for, and one of an emergency access."""

from collections.abc import Iterator
from datetime import timedelta

from app.core.ids import new_id
from app.models.sharing.emergency_accesses import EmergencyAccess
from app.models.sharing.grants import CaseGrant
from tests.isolation.plot import Plot
from tests.isolation.rule import Shared


def plant(plot: Plot) -> None:
    open_grant = _grant(plot, Shared(frozenset(), tier=1))
    open_grant.grantee_unit_id = plot.bystander
    access = EmergencyAccess(
        **plot.sealed,
        grant_id=open_grant.id,
        opened_at=plot.now,
        opened_by=new_id(),
        by_role=plot.facts,
        by_unit_id=plot.holder,
        expires_at=plot.now,
        reason=plot.identities,
    )
    plot.add(open_grant, access, *_grants(plot))
    plot.record("grant_id", open_grant.id)
    plot.record("access_id", access.id)


def _grants(plot: Plot) -> Iterator[CaseGrant]:
    shared = plot.case.shared
    if shared is None:
        return
    for unit in shared.units:
        grant = _grant(plot, shared)
        grant.grantee_unit_id = plot.units[unit]
        yield grant
    for user in shared.users:
        grant = _grant(plot, shared)
        grant.grantee_user_id = plot.users[user]
        yield grant


def _grant(plot: Plot, shared: Shared) -> CaseGrant:
    expired, revoked = plot.case.key == "share_expired", plot.case.key == "share_revoked"
    return CaseGrant(
        **plot.sealed,
        tier=shared.tier,
        reason="để thử",
        created_at=plot.now,
        expires_at=plot.now + timedelta(days=-1 if expired and not shared.live else 1),
        revoked_at=plot.now if revoked and not shared.live else None,
    )
