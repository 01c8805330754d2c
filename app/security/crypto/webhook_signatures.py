"""Webhook signatures (Standard Webhooks 1.0): HMAC-SHA-256 of id, time and body, one for each secret."""

import base64
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(message_id: str, at: datetime, body: str, using: Iterable[str]) -> dict[str, str]:
    """The headers of one attempt. During a secret rotation both secrets sign."""
    stamp = str(int(at.timestamp()))
    content = f"{message_id}.{stamp}.{body}".encode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(_signature(secret, content) for secret in using),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
