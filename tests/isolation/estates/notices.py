"""A notice of the case, and a unit's webhook and mailbox."""

from app.core.ids import new_id
from app.models.notices.mailboxes import Mailbox
from app.models.notices.notices import Notice
from app.models.notices.webhooks import Webhook, WebhookDelivery
from tests.isolation.plot import AccountPlot, Plot

# A person whom a notice of each case names, also where nothing else opens the case to them.
RECIPIENT = "a1.teacher"


def plant(plot: Plot) -> None:
    notice = Notice(
        unit_id=plot.holder,
        org_path=plot.path,
        kind="escalated",
        incident_id=plot.incident_id,
        data={},
        created_at=plot.now,
    )
    personal = Notice(
        unit_id=plot.holder,
        org_path=plot.path,
        recipient_id=plot.users.get(RECIPIENT),
        kind="case_shared",
        incident_id=plot.incident_id,
        data={},
        created_at=plot.now,
    )
    plot.add(notice, personal)
    plot.record("notice_id", notice.id)
    plot.record("personal_notice_id", personal.id, lambda actor: actor.name == RECIPIENT)


def plant_account(plot: AccountPlot) -> None:
    now, word = plot.work.now, plot.word
    webhook = Webhook(**plot.owned, url=f"https://{word}.example", secret_sealed=word, state="paused", created_at=now)
    delivery = WebhookDelivery(
        webhook_id=webhook.id,
        org_path=webhook.org_path,
        sequence=1,
        kind="ping",
        body=word,
        next_at=None,
        created_at=now,
    )
    key = new_id()
    address = plot.work.runtime.sealer.seal(f"{word}@mau.example", f"mailbox:{key}|address")
    mailbox = Mailbox(**plot.owned, id=key, address_sealed=address, every_minutes=15, created_at=now)
    plot.add(webhook, mailbox, delivery)
    plot.ids |= {"webhook_id": webhook.id, "mailbox_id": mailbox.id}
