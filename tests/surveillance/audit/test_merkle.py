"""The tree is RFC 6962's: published roots and paths, and no proof that a changed leaf, place or size would pass."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.audit.merkle import (
    Edge,
    consistency,
    inclusion,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root_of,
)

# The inputs and roots of Certificate Transparency's own reference tests.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
    )
]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH as the RFC writes it down."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(plain_root(leaves[:half]), plain_root(leaves[half:]))


def hashes(many: int) -> list[bytes]:
    return [leaf_hash(str(nth).encode()) for nth in range(many)]


@pytest.mark.parametrize("many", range(1, 9))
def test_the_roots_are_those_of_the_reference(many: int) -> None:
    assert root_of([leaf_hash(content) for content in LEAVES[:many]]).hex() == ROOTS[many - 1]


def test_a_tree_of_nothing_has_the_hash_of_nothing() -> None:
    assert Edge().root == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33, 64, 70])
def test_every_leaf_is_proven_and_no_other_in_its_place(size: int) -> None:
    leaves = hashes(size)
    root = root_of(leaves)
    assert root == plain_root(leaves)
    for index in range(size):
        path = inclusion(index, size, lambda first, last: plain_root(leaves[first:last]))
        assert is_included(leaves[index], index, size, path, root)
        assert not is_included(leaf_hash(b"forged"), index, size, path, root)
        assert not is_included(leaves[index], (index + 1) % size, size, path, root) or size == 1
        assert not is_included(leaves[index], index, size, [*path, root], root)


@given(st.integers(1, 90), st.integers(1, 90))
def test_growth_is_proven_and_a_bent_past_is_not(one: int, other: int) -> None:
    old, size = sorted((one, other))
    leaves = hashes(size)
    old_root, root = root_of(leaves[:old]), root_of(leaves)
    path = consistency(old, size, lambda first, last: plain_root(leaves[first:last]))
    assert is_consistent(old, size, path, old_root, root)
    bent = root_of([leaf_hash(b"bent"), *leaves[1:old]])
    assert not is_consistent(old, size, path, bent, root)
    if old < size:
        assert not is_consistent(old, size, path, old_root, root_of([*leaves[:-1], leaf_hash(b"bent")]))
        assert not is_consistent(old, size, path[:-1], old_root, root)
