"""Every table. Importing this package registers them all."""

from app.models import (
    audit,
    cases,
    clocks,
    data_keys,
    disciplines,
    emergency_accesses,
    incidents,
    jobs,
    notices,
    reference,
    referrals,
    requests,
    retention,
    subject_requests,
    units,
    users,
)
from app.models.base import Base

__all__ = [
    "Base",
    "audit",
    "cases",
    "clocks",
    "data_keys",
    "disciplines",
    "emergency_accesses",
    "incidents",
    "jobs",
    "notices",
    "reference",
    "referrals",
    "requests",
    "retention",
    "subject_requests",
    "units",
    "users",
]
