"""python verify_receipt.py proof.json receipt_keys.json tám từ của biên nhận — needs `cryptography` and no network."""

import hashlib
import json
import sys
from base64 import urlsafe_b64decode
from pathlib import Path
from unicodedata import category, normalize

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

proof, keys = (json.loads(Path(path).read_text("utf-8")) for path in sys.argv[1:3])
plain = normalize("NFKD", normalize("NFKD", " ".join(sys.argv[3:])).casefold())
words = "".join("d" if c in "đðɖꟈ" else c if c.isalpha() else " " for c in plain if category(c) not in "MnCf")
told = json.loads(proof["payload"])
public = bytes.fromhex(next(key["public"] for key in keys["keys"] if key["kid"] == told["kid"]))
Ed25519PublicKey.from_public_bytes(public).verify(urlsafe_b64decode(proof["signature"]), proof["payload"].encode())
if hashlib.sha256(f"athd-receipt-v1 {' '.join(words.split())}".encode()).hexdigest() != told["receipt_hash"]:
    sys.exit("these are not the words of this proof")
print("received on", told["day"])
