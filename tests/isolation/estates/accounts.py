"""A user and a client of a unit."""

from app.models.accounts import Client, User
from tests.isolation.plot import AccountPlot


def plant_account(plot: AccountPlot) -> None:
    user = User(
        **plot.owned,
        username=f"thu.{plot.number}",
        full_name=plot.word,
        role="partner" if plot.unit == "agency" else "auditor",
        password_hash="khong-dung-duoc",
        created_at=plot.work.now,
    )
    client = Client(**plot.owned, name=plot.word, secret_digest="0", scopes=["unit:read"], created_at=plot.work.now)
    plot.add(user, client)
    plot.ids |= {"user_id": user.id, "client_id": client.id}
