"""An attachment without content: what is asked is who gets as far as asking for it."""

from app.core.ids import new_id
from app.models.attachments import Attachment
from tests.isolation.plot import Plot


def plant(plot: Plot) -> None:
    key = new_id()
    attachment = Attachment(
        **plot.sealed,
        id=key,
        kind="text",
        size=1,
        copy_state="not_for_kind",
        object_name=key.hex,
        created_at=plot.now,
        released_at=plot.now,
        title=plot.identities,
        keys={"sha256": plot.identities},
    )
    plot.add(attachment)
    plot.record("attachment_id", attachment.id, plot.sees)
