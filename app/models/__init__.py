"""Every table. Importing this package registers them all."""

from app.models import attachments, incidents, reference, referrals, requests, units, users
from app.models.base import Base

__all__ = ["Base", "attachments", "incidents", "reference", "referrals", "requests", "units", "users"]
