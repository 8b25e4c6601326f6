"""Where the services live, and as whom they run."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..setup.faults import REPOSITORY, SetUpFault, say

ACCOUNT = "earshot"


@dataclass(frozen=True, kw_only=True)
class Account:
    """The unprivileged user the services run as; PostgreSQL and Elasticsearch refuse root."""

    name: str
    uid: int
    gid: int

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess` that drop root's rights, if there are any to drop."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, kw_only=True)
class Ground:
    """`home` keeps credentials, pid files and services.env; `data` is what the services themselves reach."""

    home: Path
    data: Path
    account: Account

    @property
    def downloads(self) -> Path:
        return self.home / "downloads"

    @property
    def env_file(self) -> Path:
        return self.home / "services.env"

    def folder(self, *parts: str) -> Path:
        """A folder under `data` that belongs to the service account and to nobody else."""
        path = self.data.joinpath(*parts)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(path, self.account.uid, self.account.gid)
        return path

    def write(self, path: Path, text: str) -> None:
        """Writes a configuration file that only the service account reads (it may hold a password)."""
        write_private(path, text)
        if os.geteuid() == 0:
            os.chown(path, self.account.uid, self.account.gid)

    def give(self, tree: Path) -> None:
        """Hands an unpacked tree to the service account."""
        if os.geteuid() != 0:
            return
        for path in (tree, *tree.rglob("*")):
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)


def write_private(path: Path, text: str) -> None:
    """Replaces a file at once, mode 0600 from its first byte."""
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    fresh.replace(path)


def earshot_home() -> Path:
    """The folder of everything embedded, read as surveillance/settings/env.py reads it."""
    named = os.environ.get("EARSHOT_HOME", "")
    return Path(named).resolve() if named else REPOSITORY / "var"


def find_ground() -> Ground:
    """The ground of this checkout; made if it is not there yet."""
    home = earshot_home() / "services"
    _made_walkable(home)
    account = _account()
    data = home if _reachable(home, account) else _outside(home)
    _made_walkable(data)
    (home / "run").mkdir(exist_ok=True)
    (home / "downloads").mkdir(exist_ok=True)
    return Ground(home=home, data=data, account=account)


def _made_walkable(folder: Path) -> None:
    """Made where it is missing, and open to walk through, whatever mask the caller has set for its own files."""
    for step in reversed((folder, *folder.parents)):
        if not step.exists():
            step.mkdir()
            step.chmod(0o755)


def _account() -> Account:
    if os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid())
        return Account(name=me.pw_name, uid=me.pw_uid, gid=me.pw_gid)
    try:
        user = pwd.getpwnam(ACCOUNT)
    except KeyError:
        say(f"making the system user {ACCOUNT}: PostgreSQL and Elasticsearch refuse to run as root")
        _make_account()
        user = pwd.getpwnam(ACCOUNT)
    return Account(name=user.pw_name, uid=user.pw_uid, gid=user.pw_gid)


def _make_account() -> None:
    shell = ("--shell", "/usr/sbin/nologin")
    command = ["useradd", "--system", "--user-group", "--no-create-home", *shell, ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        raise SetUpFault(
            f"the system user {ACCOUNT} could not be made: {getattr(fault, 'stderr', '') or fault}",
            f"make it by hand (`{' '.join(command)}`) or run make services as an ordinary user",
        ) from fault


def _reachable(home: Path, account: Account) -> bool:
    """Whether the account may walk down to `home`; a checkout in root's own folder shuts everyone out."""
    if os.geteuid() != 0:
        return True
    return all(_may_enter(folder.stat(), account) for folder in (home, *home.parents))


def _may_enter(entry: os.stat_result, account: Account) -> bool:
    if entry.st_uid == account.uid:
        return bool(entry.st_mode & stat.S_IXUSR)
    if entry.st_gid == account.gid:
        return bool(entry.st_mode & stat.S_IXGRP)
    return bool(entry.st_mode & stat.S_IXOTH)


def _outside(home: Path) -> Path:
    """A folder of its own under /var/lib for a checkout that the service account cannot enter."""
    mark = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path("/var/lib/earshot") / f"services-{mark}"
