"""The job queue, in the same database as the data, so that one transaction writes both or neither."""

from datetime import datetime

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Json, Platform, partial_index


class Job(Identified, Platform, Base, kw_only=True):
    """One job. `payload` contains ids and codes; at most one job per `key` is queued."""

    __tablename__ = "job"
    __audited__ = False
    __table_args__ = (partial_index("ix_job_waiting", "run_at", where=text("dead_at IS NULL")),)

    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str | None] = mapped_column(String(120), unique=True, default=None)
    payload: Mapped[Json] = mapped_column(default_factory=dict)
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(40), default=None)
    failure: Mapped[str | None] = mapped_column(String(200), default=None)
    dead_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
