"""Whether a webhook is genuine and fresh, with nothing but the standard library (Standard Webhooks 1.0)."""

import base64
import hmac
import time
from collections.abc import Mapping

TOLERANCE_S = 300


def is_genuine(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """`headers` by their names in lower case; `body` as it came, before any parsing."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and abs(time.time() - int(stamp)) <= TOLERANCE_S):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{message_id}.{stamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    offered = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), each.encode("utf-8", "replace")) for each in offered)
