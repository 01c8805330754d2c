"""Notices of accounts and clients that get access to cases or accounts."""

from app.models.notices.kinds import define_notice

ACCOUNT_SEES_CASES = define_notice(
    "account_sees_cases", "the account's unit and the level above it", "user_id", "role", "act", "by"
)
ACCOUNT_ADMINISTERS = define_notice(
    "account_administers", "the administrator's unit and the level above it", "user_id", "role", "act", "by"
)
CLIENT_SEES_CASES = define_notice(
    "client_sees_cases", "the client's unit and the level above it", "client_id", "scopes", "act", "by"
)
