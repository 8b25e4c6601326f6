"""The version lock: which words a version of a policy stood for, so that an alert can be explained later."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from policies.schema import Fault, Policy, PolicySet

LOCK: Final = "versions.toml"
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


def version_faults(policy_set: PolicySet, folder: Path) -> list[Fault]:
    """Where the policies and `versions.toml` disagree. FCA Market Watch 79: a changed alert is a tested alert."""
    try:
        locked = _read(folder / LOCK)
    except (OSError, ValueError) as error:
        return [Fault(file=LOCK, place="file", problem=f"cannot be read: {error}")]
    faults = [
        fault for policy in policy_set.policies for fault in _disagreements(policy, locked.get(policy.id))
    ]
    known = {policy.id for policy in policy_set.policies}
    faults += [
        Fault(file=LOCK, place=name, problem="no policy carries this id; keep the file, or lock anew")
        for name in sorted(locked.keys() - known)
    ]
    return faults


def _disagreements(policy: Policy, locked: tuple[int, str] | None) -> Iterator[Fault]:
    def fault(problem: str) -> Fault:
        return Fault(file=LOCK, place=policy.id, problem=problem)

    if locked is None:
        yield fault("is not locked; run python -m policies.laws --lock")
        return
    version, sha256 = locked
    if policy.version < version:
        yield fault(f"went back from version {version} to {policy.version}")
    elif policy.version > version:
        yield fault(
            f"moved to version {policy.version} and is not locked; run python -m policies.laws --lock"
        )
    elif policy.sha256 != sha256:
        yield fault(f"its query, exclusion, lists or weight changed, its version {version} did not; raise it")


def _read(path: Path) -> dict[str, tuple[int, str]]:
    locked: dict[str, tuple[int, str]] = {}
    for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
        match entry:
            case {"version": int(version), "sha256": str(sha256)} if _SHA256.match(sha256):
                locked[name] = (version, sha256)
            case _:
                raise ValueError(f"{name} is not version and sha256")
    return locked


def lock(policy_set: PolicySet, folder: Path) -> list[Fault]:
    """Write `versions.toml`, unless a text changed and its version did not: those are returned as faults."""
    path = folder / LOCK
    before = _read(path) if path.exists() else {}
    unmoved = [
        fault
        for policy in policy_set.policies
        if policy.id in before and policy.version <= before[policy.id][0]
        for fault in _disagreements(policy, before[policy.id])
    ]
    if not unmoved:
        entries = (f'["{p.id}"]\nversion = {p.version}\nsha256 = "{p.sha256}"\n' for p in policy_set.policies)
        heading = "# Which words raised which alert: written by python -m policies.laws --lock.\n\n"
        path.write_text(heading + "\n".join(entries), encoding="utf-8")
    return unmoved
