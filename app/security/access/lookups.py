"""The statements that the guard lets pass without the ORM: look-ups by key in tables without a scope.

The guard knows them by identity. Each saves the cost of an entity in every request.
"""

from typing import Any, Final

from sqlalchemy import Select, bindparam, select

from app.models.platform.requests import IdempotencyKey

_KEY = IdempotencyKey.__table__.c

STORED_ANSWER: Final[Select[Any]] = select(_KEY.fingerprint, _KEY.answer_sealed, _KEY.created_at).where(
    _KEY.digest == bindparam("digest")
)
