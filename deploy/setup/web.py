"""The front end: packages by `npm ci`, bundle by `npm run build`, each only when its input has changed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .faults import REPOSITORY, SetUpFault, run_or_cure, say

FRONT = REPOSITORY / "surveillance/web/front"
BUILT = REPOSITORY / "surveillance/web/static/web/build"
LEAST_NODE = 20


def front_end() -> None:
    """Makes node_modules and the built bundle match package-lock.json and the sources."""
    lock = REPOSITORY / "package-lock.json"
    if not lock.exists():
        raise SetUpFault(f"{lock} is missing", "the checkout is not whole: git status, git checkout")
    node = _node_version()
    packages = _digest([lock], node)
    _do_once(
        REPOSITORY / "node_modules/.earshot-packages", packages, "installing the front-end packages", "ci"
    )
    _do_once(
        BUILT / ".earshot-build", _digest(_sources(), packages), "building the front end", "run", "build"
    )


def _do_once(stamp: Path, digest: str, what: str, *npm: str) -> None:
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    say(what)
    run_or_cure(
        ["npm", "--no-audit", "--no-fund", *npm],
        what=f"npm {' '.join(npm)} failed",
        cure="check the network and npm's registry setting (npm config get registry), then try again",
        env=os.environ,
    )
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest, encoding="ascii")


def _sources() -> Iterable[Path]:
    front = (path for path in FRONT.rglob("*") if path.is_file())
    return sorted([*front, REPOSITORY / "package.json", REPOSITORY / "tsconfig.json"])


def _digest(files: Iterable[Path], more: str) -> str:
    total = hashlib.sha256(more.encode())
    for file in files:
        total.update(str(file.relative_to(REPOSITORY)).encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def _node_version() -> str:
    cure = f"install Node.js {LEAST_NODE} or newer with npm, and see that both are on the PATH"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise SetUpFault("Node.js is missing; it builds the front end", cure)
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    found = re.match(r"v(\d+)", told)
    if found is None or int(found.group(1)) < LEAST_NODE:
        raise SetUpFault(f"Node.js is {told or 'unknown'}", cure)
    return found.group(1)
