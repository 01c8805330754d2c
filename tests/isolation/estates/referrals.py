"""An overdue referral to the hotline, and a follow-up of it."""

from datetime import timedelta

from app.models.referrals import Referral, ReferralFollowUp
from tests.isolation.plot import Plot


def plant(plot: Plot) -> None:
    now = plot.now
    referral = Referral(
        **plot.sealed,
        code=plot.facts,
        direction="out",
        hotline_id=plot.hotline,
        channel=plot.row,
        state="recorded",
        made_at=now - timedelta(hours=1),
        issuer_id=plot.holder,
        contact_person=plot.circumstances,
        request=plot.identities,
        sheet_year=now.year,
        sheet_number=plot.number,
    )
    referral.acknowledge_by = now - timedelta(minutes=1)
    follow_up = ReferralFollowUp(
        **plot.sealed,
        referral_id=referral.id,
        followed_up_at=now,
        channel=plot.row,
        result=plot.row,
        note=plot.identities,
        recorded_at=now,
    )
    plot.add(referral, follow_up)
    plot.record("referral_id", referral.id, plot.sees)
