"""Every table. Importing this package registers them all."""

from app.models import (
    attachments,
    audit,
    cases,
    clocks,
    data_keys,
    disciplines,
    emergency_accesses,
    incidents,
    jobs,
    merges,
    messages,
    notices,
    reference,
    referrals,
    requests,
    units,
    users,
)
from app.models.base import Base

__all__ = [
    "Base",
    "attachments",
    "audit",
    "cases",
    "clocks",
    "data_keys",
    "disciplines",
    "emergency_accesses",
    "incidents",
    "jobs",
    "merges",
    "messages",
    "notices",
    "reference",
    "referrals",
    "requests",
    "units",
    "users",
]
