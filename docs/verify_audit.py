"""python verify_audit.py entry.json proof.json audit.pub — needs `cryptography` and no network.

entry.json is one item of GET /audit/entries, proof.json its …/proof, audit.pub the key that `athd audit key` printed.
"""

import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

entry, proof = (json.loads(Path(path).read_text("utf-8")) for path in sys.argv[1:3])
public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(Path(sys.argv[3]).read_text("utf-8").strip()))


def climbed(node: bytes, index: int, count: int, siblings: list[str]) -> bytes:
    """The root that a leaf reaches (RFC 6962, section 2.1.1)."""
    if count == 1:
        return node
    split, other = 1 << (count - 1).bit_length() - 1, bytes.fromhex(siblings[-1])
    left = index < split
    node = climbed(node, index if left else index - split, split if left else count - split, siblings[:-1])
    return hashlib.sha256(b"\x01" + (node + other if left else other + node)).digest()


leaf = hashlib.sha256(b"\x00" + entry["body"].encode()).digest()
if climbed(leaf, proof["position"], proof["count"], proof["path"]).hex() != proof["root"]:
    sys.exit("this entry is not in the block")
block = {name: proof[name] for name in ("block", "count", "previous", "root", "sealed_at")}
hashed = hashlib.sha256(json.dumps(block, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
public.verify(bytes.fromhex(proof["signature"]), hashed.encode())
print("sealed in block", proof["block"])
