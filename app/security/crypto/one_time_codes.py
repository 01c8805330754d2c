"""Second factors: time-based one-time codes (RFC 6238)."""

import hmac
from datetime import datetime

import pyotp

STEP_S = 30
ISSUER = "An Toàn Học Đường"


def new_secret() -> str:
    return pyotp.random_base32()


def provisioning_uri(secret: str, username: str) -> str:
    """The otpauth:// URI for an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def matching_step(secret: str, otp: str, now: datetime, last_step: int) -> int | None:
    """The time step of a valid code: at most one step from now (section 5.2) and after `last_step`."""
    codes = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_S
    steps = range(max(present - 1, last_step + 1), present + 2)
    return next((step for step in steps if hmac.compare_digest(codes.at(step * STEP_S), otp)), None)
