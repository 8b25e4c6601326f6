"""Programs of the operating system: found, or installed with apt where we may."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .faults import SetUpFault, run_or_cure, say

_APT = ("apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300")
_POLICY = Path("/usr/sbin/policy-rc.d")
_refreshed: set[str] = set()


def need(package: str, what: str) -> None:
    """Installs a missing Debian package; as anyone but root, or without apt, says how to get it."""
    if shutil.which("apt-get") is None:
        raise SetUpFault(
            f"{what} is missing and this system has no apt to install it",
            f"install it with your system's package manager (Debian calls it {package}), then try again",
        )
    if os.geteuid() != 0:
        raise SetUpFault(
            f"{what} is missing, and only root may install it", f"sudo apt-get install {package}"
        )
    say(f"  installing {what} (apt package {package})")
    with _no_daemons():
        if "lists" not in _refreshed:
            _refresh_lists()
            _refreshed.add("lists")
        _apt("install", "--yes", "--no-install-recommends", package)


def need_program(names: Sequence[str], package: str) -> Path:
    """The first of these programs on the PATH; installs the package when none is there."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        need(package, names[0])
        found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise SetUpFault(f"{package} is installed but has no program {names[0]}", "check your PATH")
    return Path(found)


def java_home(least: int = 17) -> Path:
    """The folder of a Java of at least this version; Elasticsearch 8.19 asks for 17."""
    found = _java(least)
    if found is None:
        need("openjdk-17-jre-headless", f"Java {least} or newer")
        found = _java(least)
    if found is None:
        raise SetUpFault(
            f"no Java {least} or newer was found",
            "install a Java runtime and point JAVA_HOME at it, then try again",
        )
    return found


def _java(least: int) -> Path | None:
    named = os.environ.get("JAVA_HOME", "")
    on_path = shutil.which("java")
    programs = [Path(named) / "bin/java"] if named else []
    programs += [Path(on_path)] if on_path else []
    programs += sorted(Path("/usr/lib/jvm").glob("*/bin/java"))
    fit = (p.resolve() for p in programs if p.exists() and _java_version(p) >= least)
    return next((p.parent.parent for p in fit), None)


def _java_version(program: Path) -> int:
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False, timeout=30)
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', told.stderr + told.stdout)
    return int(found.group(1)) if found else 0


@contextmanager
def _no_daemons() -> Iterator[None]:
    """Keeps Debian from starting the servers it installs, on their default ports, as soon as they are there.

    invoke-rc.d(8): a policy-rc.d that answers 101 forbids every action. An existing policy is left alone.
    """
    ours = not _POLICY.exists()
    if ours:
        _POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            _POLICY.unlink(missing_ok=True)


def _refresh_lists() -> None:
    try:
        _apt("update")
    except SetUpFault as fault:
        # One foreign source that does not answer must not stop us: the lists at hand may well do.
        say(f"  {fault.what}\n  going on with the package lists at hand")


def _apt(*arguments: str) -> None:
    run_or_cure(
        [*_APT, *arguments],
        what=f"apt-get {' '.join(arguments)} failed",
        cure="free some disk if it is full (df -h /), check the package sources (apt-get update), try again",
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )
