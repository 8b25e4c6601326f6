"""The Python environment .venv: made with uv from the locked, hashed requirements, and kept up to date."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .faults import REPOSITORY, SetUpFault, run_or_cure, say
from .packages import need

TOOLS = REPOSITORY / ".venv-tools"
# Each set holds the one before it, so an environment is only ever widened: `make demo` after
# `make test` must not take anything away.
SETS = ("base", "services", "dev")
NETWORK = (
    "check the network and pip's settings for your package index, free some disk if it is full, try again"
)


def product() -> None:
    """What the product needs as it is configured: on real services their clients, too."""
    settings = ("EARSHOT_DATABASE_URL", "EARSHOT_BROKER_URL", "EARSHOT_ELASTIC_URL", "EARSHOT_S3_ENDPOINT")
    environment("services" if any(os.environ.get(name) for name in settings) else "base")


def environment(wanted: str) -> None:
    """Makes .venv hold at least the set `wanted`; does nothing when it does already."""
    folder = REPOSITORY / ".venv"
    held = _held(folder)
    level = max(wanted, held.get("set", "base"), key=SETS.index)
    lock = REPOSITORY / "requirements" / f"{level}.txt"
    now = {"set": level, "lock": _sha256(lock)}
    if held == now and _works(folder):
        return
    if not _works(folder):
        _make(folder)
    say(f"installing the Python packages of {lock.relative_to(REPOSITORY)}{_warning(level)}")
    _stamp(folder).unlink(missing_ok=True)
    install(lock, "--python", folder / "bin/python")
    _stamp(folder).write_text(json.dumps(now), encoding="utf-8")


def side_environment(name: str) -> Path:
    """An environment of its own, .venv-<name>, for a lock that must not mix with the product's."""
    folder, lock = REPOSITORY / f".venv-{name}", REPOSITORY / "requirements" / f"{name}.txt"
    now = {"set": name, "lock": _sha256(lock)}
    if _held(folder) != now or not _works(folder):
        if not _works(folder):
            _make(folder)
        say(f"installing the Python packages of {lock.relative_to(REPOSITORY)}")
        install(lock, "--python", folder / "bin/python")
        _stamp(folder).write_text(json.dumps(now), encoding="utf-8")
    return folder / "bin/python"


def install(lock: Path, *where: str | Path) -> None:
    """Installs exactly what a lock names, every file checked against its hash."""
    run_or_cure(
        [uv(), "pip", "install", "--quiet", "--require-hashes", "-r", lock, *where],
        what=f"the packages of {lock.name} could not be installed",
        cure=NETWORK,
        env=_uv_environment(),
    )


def uv() -> Path:
    """Our own uv, at the version of deploy/setup/uv.txt; fetched once into .venv-tools.

    Raises:
        SetUpFault: neither pip nor venv nor apt nor an installed uv is there to begin with.
    """
    own, lock = TOOLS / "bin" / "uv", Path(__file__).with_name("uv.txt")
    if own.exists():
        return own
    say("fetching uv, which installs the Python packages")
    options = ["install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    if _has("pip"):
        _pip([sys.executable, "-m", "pip", *options, "--target", str(TOOLS)])
    elif _has("ensurepip") or _venv_installed():
        run_or_cure(
            [sys.executable, "-m", "venv", TOOLS], what="python3 -m venv failed", cure=NETWORK, env=os.environ
        )
        _pip([str(TOOLS / "bin/python"), "-m", "pip", *options])
    else:
        return Path(shutil.which("uv") or "uv")
    return own


def _venv_installed() -> bool:
    """Debian keeps venv in a package of its own; False when an installed uv makes it needless."""
    if shutil.which("uv") is not None:
        return False
    need("python3-venv", "Python's venv module")
    return True


def _pip(command: list[str]) -> None:
    quiet = {"PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    run_or_cure(command, what="uv could not be installed", cure=NETWORK, env=os.environ | quiet)


def _make(folder: Path) -> None:
    say(f"making {folder.name} with Python {sys.version.split()[0]}")
    run_or_cure(
        [uv(), "venv", "--quiet", "--clear", "--python", sys.executable, folder],
        what=f"{folder.name} could not be made",
        cure=f"remove {folder} and try again",
        env=_uv_environment(),
    )


def _uv_environment() -> dict[str, str]:
    # UV_NATIVE_TLS: trust what the machine trusts; firms run package indexes behind their own authority.
    return os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_NATIVE_TLS": "1"}


def _works(folder: Path) -> bool:
    """Whether the environment runs; one that was moved, or whose Python has gone, does not."""
    python = folder / "bin/python"
    if not python.exists():
        return False
    probe = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([python, "-c", probe], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _held(folder: Path) -> dict[str, str]:
    try:
        held = json.loads(_stamp(folder).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _stamp(folder: Path) -> Path:
    return folder / "earshot-set.json"


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as fault:
        raise SetUpFault(
            f"{path} is missing", "the checkout is not whole: git status, git checkout"
        ) from fault


def _warning(level: str) -> str:
    return " (NeMo and torch among them: several GB, a few minutes)" if level == "dev" else ""


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
