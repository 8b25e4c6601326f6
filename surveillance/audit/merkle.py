"""Merkle trees as in RFC 6962 section 2: hashes, the growing edge, and the two proofs with their checks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

EMPTY = hashlib.sha256().digest()
# The root over the leaves `first` to `last` (exclusive), 32 bytes.
Subtree = Callable[[int, int], bytes]


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf, 32 bytes: SHA-256 of 0x00 and its content."""
    return hashlib.sha256(b"\0" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node, 32 bytes: SHA-256 of 0x01 and its two children."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True)
class Edge:
    """A tree of `size` leaves by its complete subtrees, the largest first: all that growing it needs."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def grown(self, leaf: bytes) -> Edge:
        """The same tree with one leaf more."""
        roots, filled = [*self.roots, leaf], self.size
        while filled & 1:  # two subtrees of the same size become one
            right = roots.pop()
            roots.append(node_hash(roots.pop(), right))
            filled >>= 1
        return Edge(self.size + 1, tuple(roots))

    @property
    def root(self) -> bytes:
        """The root of the whole tree, 32 bytes."""
        if not self.roots:
            return EMPTY
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    edge = Edge()
    for leaf in leaves:
        edge = edge.grown(leaf)
    return edge.root


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of leaf `index` (from 0) in a tree of `size` leaves (RFC 6962 section 2.1.1)."""
    first, last, path = 0, size, []
    while last - first > 1:
        middle = first + _half(last - first)
        if index < middle:
            path.append(subtree(middle, last))
            last = middle
        else:
            path.append(subtree(first, middle))
            first = middle
    return path[::-1]


def consistency(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """The proof that a tree of `size` leaves grew out of its first `old` ones (RFC 6962 section 2.1.2)."""
    if not 0 < old < size:
        return []
    first, last, whole, path = 0, size, True, []
    while old != last:
        middle = first + _half(last - first)
        if old <= middle:
            path.append(subtree(middle, last))
            last = middle
        else:
            path.append(subtree(first, middle))
            first, whole = middle, False
    return ([] if whole else [subtree(first, last)]) + path[::-1]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Does the audit path lead from the leaf to the root (RFC 9162 section 2.1.3.2)?"""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for step in path:
        if not last:
            return False
        if here & 1 or here == last:
            found = node_hash(step, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, step)
        here, last = here >> 1, last >> 1
    return not last and found == root


def is_consistent(old: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Is the tree of `size` leaves an extension of the one of `old` (RFC 9162 section 2.1.4.2)?"""
    if old == size or not old:
        return not path and (not old or old_root == root)
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not 0 < old < size or not steps:
        return False
    here, last = old - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if not last:
            return False
        if here & 1 or here == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            after = node_hash(after, step)
        here, last = here >> 1, last >> 1
    return not last and before == old_root and after == root


def _half(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
