#!/usr/bin/env python3
"""Verifies an exported ledger of Earshot: python3 verify.py FOLDER. Needs Python 3.9 and nothing else.

FOLDER holds entries.jsonl (an entry a line, from the first), checkpoint-*.txt (signed notes, C2SP tlog-checkpoint)
and key.txt (the public key, signed-note form). The key is only worth what you know of it from elsewhere: compare it.
Every line is hashed as a leaf of a Merkle tree (RFC 6962), and each checkpoint's root and Ed25519 signature
(RFC 8032) is checked against it. Exit status 0 where all holds, 1 where something does not, 2 for no export.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pathlib
import sys

# Ed25519, RFC 8032 section 5.1, as far as verifying needs it.
_P = 2**255 - 19
_Q = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]  # extended coordinates


def _add(a: _Point, b: _Point) -> _Point:
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    three, four = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, point: _Point) -> _Point:
    sum_ = (0, 1, 1, 0)
    while number:
        if number & 1:
            sum_ = _add(sum_, point)
        point, number = _add(point, point), number >> 1
    return sum_


def _same(a: _Point, b: _Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % _P == 0 and (a[1] * b[2] - b[1] * a[2]) % _P == 0


def _point(raw: bytes) -> _Point | None:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (not x and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def signed(public: bytes, text: bytes, signature: bytes) -> bool:
    """Is the 64-byte signature that of the 32-byte public key over the text?"""
    base = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    key, first = _point(public), _point(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or base is None or key is None or first is None or number >= _Q:
        return False
    told = hashlib.sha512(signature[:32] + public + text).digest()
    return _same(_times(number, base), _add(first, _times(int.from_bytes(told, "little") % _Q, key)))


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(edge: list[bytes]) -> bytes:
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node(left, root)
    return root


def grow(edge: list[bytes], size: int, leaf: bytes) -> None:
    """Put a leaf on the list of complete subtrees of a tree that has `size` leaves."""
    edge.append(leaf)
    while size & 1:
        right = edge.pop()
        edge[-1] = node(edge[-1], right)
        size >>= 1


def read_checkpoint(text: str, name: str, public: bytes) -> tuple[tuple[int, bytes] | None, str]:
    """Size and root of a checkpoint that the key has signed, or why it is none."""
    body, _, tail = text.partition("\n\n")
    lines = body.split("\n")
    if len(lines) < 3 or lines[0] != name:
        return None, "it is no checkpoint of this ledger"
    for line in tail.splitlines():
        dash, _, told = line.rpartition(" ")
        if dash == "\u2014 " + name:
            raw = base64.b64decode(told)
            if signed(public, (body + "\n").encode(), raw[4:]):
                return (int(lines[1]), base64.b64decode(lines[2])), ""
    return None, "its signature is not that of the key"


def verify(folder: pathlib.Path) -> tuple[list[str], int, int]:
    """What does not hold, and how many entries and checkpoints there are."""
    name, _, told = (folder / "key.txt").read_text("utf-8").strip().split("+", 2)
    public = base64.b64decode(told)[1:]
    faults: list[str] = []
    statements: dict[int, bytes] = {}
    for path in sorted(folder.glob("checkpoint-*.txt")):
        found, why = read_checkpoint(path.read_text("utf-8"), name, public)
        if found is None:
            faults.append(f"{path.name}: {why}")
        else:
            statements[found[0]] = found[1]
    edge: list[bytes] = []
    size = sure = 0
    with (folder / "entries.jsonl").open("rb") as lines:
        for line in lines:
            content = line.rstrip(b"\n")
            number = json.loads(content)["sequence"]
            if number != size + 1:
                faults.append(f"line {size + 1}: is entry {number}")
            grow(edge, size, hashlib.sha256(b"\x00" + content).digest())
            size += 1
            if size in statements:
                if statements.pop(size) != root_of(edge):
                    faults.append(f"entries {sure + 1} to {size}: the checkpoint at {size} has signed others")
                sure = size
    faults += [f"checkpoint at {late}: the export ends at entry {size}" for late in sorted(statements)]
    if size > sure:
        faults.append(f"entries {sure + 1} to {size}: no checkpoint vouches for them")
    return faults, size, sure


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not (pathlib.Path(arguments[0]) / "entries.jsonl").is_file():
        print(__doc__)
        return 2
    faults, size, sure = verify(pathlib.Path(arguments[0]))
    for fault in faults:
        print(fault)
    print(f"{size} entries, {sure} of them vouched for: " + ("it does not hold" if faults else "all holds"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
