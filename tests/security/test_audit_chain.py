"""Merkle trees: every leaf reaches the root by its path, and nothing else does."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security.audit.chain import (
    Signer,
    block_hash,
    climbed,
    is_signed,
    leaf,
    path,
    root,
)

BODIES = st.lists(st.text(max_size=20), min_size=1, max_size=40)


@given(BODIES, st.data())
def test_every_leaf_climbs_to_the_root_and_no_other_does(bodies: list[str], data: st.DataObject) -> None:
    leaves = [leaf(f"{i}{body}") for i, body in enumerate(bodies)]
    index = data.draw(st.integers(0, len(leaves) - 1))
    siblings = path(leaves, index)
    assert climbed(leaves[index], index, len(leaves), siblings) == root(leaves)
    assert climbed(leaf("giả"), index, len(leaves), siblings) != root(leaves)


def test_trees_are_those_of_rfc_6962() -> None:
    one, two, three = leaf("a"), leaf("b"), leaf("c")
    assert one == hashlib.sha256(b"\x00a").digest()
    pair = hashlib.sha256(b"\x01" + one + two).digest()
    assert root([one, two, three]) == hashlib.sha256(b"\x01" + pair + three).digest()


def test_a_path_of_the_wrong_length_is_none() -> None:
    leaves = [leaf(str(n)) for n in range(5)]
    for siblings in (path(leaves, 2)[:-1], [*path(leaves, 2), leaves[0]]):
        with pytest.raises(ValueError, match="path is too"):
            climbed(leaves[2], 2, 5, siblings)


def test_a_signature_is_of_one_block_and_one_key(tmp_path: Path) -> None:
    one, other = (Signer(_made(tmp_path, name)) for name in ("a", "b"))
    block = block_hash(1, "0" * 64, "1" * 64, 3, "2026-01-05T00:00:00+00:00")
    signature = one.sign(block)
    assert is_signed(block, signature, one.public)
    assert not is_signed(block_hash(2, "0" * 64, "1" * 64, 3, "2026-01-05T00:00:00+00:00"), signature, one.public)
    assert not is_signed(block_hash(1, "0" * 64, "1" * 64, 3, "2026-01-06T00:00:00+00:00"), signature, one.public)
    assert not is_signed(block, signature, other.public)
    assert not is_signed(block, "nonsense", one.public)


def _made(directory: Path, name: str) -> Path:
    made = directory / name
    made.mkdir()
    return made
