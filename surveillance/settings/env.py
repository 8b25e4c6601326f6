"""The environment of one installation: every `EARSHOT_*` variable, read once into one frozen dataclass."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]


def _setting(default: Any, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One installation. Each field is the variable `EARSHOT_<NAME>`; its metadata says what it does."""

    home: Path = _setting(
        ROOT / "var", "folder of everything embedded: database, queue, index, archive, caches"
    )
    secret_key: str = _setting("", "Django's secret; when empty one is made in <home>/secret-key (mode 0600)")
    debug: bool = _setting(False, "Django's debug pages; never where real calls are")
    hosts: tuple[str, ...] = _setting(("127.0.0.1", "localhost", "[::1]"), "host names the site answers to")
    https: bool = _setting(False, "cookies only over TLS, HSTS; set it behind a TLS proxy")
    sessions_stay: bool = _setting(
        True, "a session ends when its cookie turns up in another browser or at another address"
    )
    ledger_origin: str = _setting("earshot/ledger", "name of this ledger on its signed checkpoints")
    timestamp_url: str = _setting("", "RFC 3161 authority that stamps the checkpoints; empty: none")
    timestamp_roots: Path | None = _setting(None, "its root certificates, PEM; needed to verify its stamps")
    database_url: str = _setting("", "postgres://user:password@host:port/name; empty means SQLite in <home>")
    broker_url: str = _setting("", "redis://… or amqp://…; empty means a folder in <home>")
    index: str = _setting("sqlite", "where words are findable: sqlite or elastic")
    elastic_url: str = _setting("", "address of the Elasticsearch 8.19+ cluster")
    elastic_user: str = _setting("", "user of the cluster")
    elastic_password: str = _setting("", "password of the cluster")
    elastic_name: str = _setting("earshot", "name of the index in the cluster")
    store: str = _setting("folder", "where natives are sealed: folder or s3")
    archive_folder: Path | None = _setting(None, "store folder: where; empty: <home>/archive")
    s3_endpoint: str = _setting("", "host:port of an S3 store with Object Lock")
    s3_access_key: str = _setting("", "its access key")
    s3_secret_key: str = _setting("", "its secret key")
    s3_bucket: str = _setting("earshot", "its bucket; made with Object Lock when absent")
    s3_secure: bool = _setting(True, "TLS to the store")
    encryption: bool = _setting(
        True, "natives and words are encrypted, each recording under a key of its own"
    )
    keeper: str = _setting(
        "folder", "who holds the key-encryption keys: folder, environment or vault (a transit engine)"
    )
    key_folder: Path | None = _setting(None, "folder of the key-encryption keys; empty: <home>/keys")
    keks: tuple[str, ...] = _setting((), "keeper environment: name:base64,…; the last wraps, all unwrap")
    vault_url: str = _setting("", "keeper vault: https://host:port")
    vault_key: str = _setting("earshot", "its name of our key")
    vault_token: Path | None = _setting(None, "file of our token there; empty: <home>/vault-token")
    vault_mount: str = _setting("transit", "where the transit engine is mounted")
    vault_roots: Path | None = _setting(None, "its root certificates, PEM; empty: those of the system")
    plain_services: bool = _setting(
        False, "services on other machines may be spoken to without TLS; only inside a closed network"
    )
    replica: str = _setting("none", "a second copy of every native: none, folder or s3")
    replica_folder: Path | None = _setting(None, "replica folder: a folder on another disk")
    replica_s3_endpoint: str = _setting("", "replica s3: host:port of a store with Object Lock elsewhere")
    replica_s3_access_key: str = _setting("", "its access key")
    replica_s3_secret_key: str = _setting("", "its secret key")
    replica_s3_bucket: str = _setting("earshot-replica", "its bucket; made with Object Lock when absent")
    fixity_days: int = _setting(30, "every native is read and hashed at least once in so many days")
    fixity_night_bytes: int = _setting(0, "bytes read in one night at most; 0: what the days ask for")
    consent: str = _setting(
        "note",
        "consent to recording: off, note (decided and shown), enforce (no evidence, no ears and no models)",
    )
    consent_unknown: str = _setting(
        "all_party", "the rule for people of whom no place is known: one_party, notice or all_party"
    )
    consent_places: Path | None = _setting(
        None, "TOML: where desks, employers and lines are; see policies/consent"
    )
    consent_seconds: int = _setting(45, "how far into a call a notice counts, seconds")
    purpose: bool = _setting(True, "whoever plays a call that raised no alert says first what for")
    controller: str = _setting("", "who answers for the recordings: name and address, as documents state it")
    privacy_contact: str = _setting("", "whom people ask about their own recordings: address, telephone")
    retention_days: int = _setting(1827, "days a native is locked from the start of the call (five years)")
    speech_engine: str = _setting("whisper", "recogniser: whisper or nemo")
    speech_model: str = _setting("base", "whisper: tiny.en or base (packaged); nemo: path of a .nemo file")
    speech_model_sha256: str = _setting(
        "", "pins a model that is not packaged; its bytes are refused when they differ"
    )
    speech_device: str = _setting("cpu", "where the recogniser runs: cpu or cuda")
    speech_threads: int = _setting(1, "processor threads of one recogniser")
    reader: str = _setting("packaged", "reads risk and intent beside the policies: packaged or none")
    reader_threads: int = _setting(1, "processor threads of the reader")
    policies: Path = _setting(ROOT / "policies", "folder of the rules")
    sources: Path = _setting(ROOT / "deploy/demo/sources.toml", "field maps of the recorders' sidecars")
    counterparties: Path = _setting(
        ROOT / "deploy/demo/counterparties.toml",
        "houses that names in calls are linked to: name, LEI, aliases",
    )
    watch_folder: Path | None = _setting(None, "folder that is watched for new recordings")
    max_media_bytes: int = _setting(2 * 2**30, "largest recording taken in, bytes")
    max_media_seconds: int = _setting(12 * 3600, "longest recording taken in, seconds")
    suppressed_share: int = _setting(20, "per cent of silenced findings that are drawn for review, 0 to 100")
    second_reader_url: str = _setting(
        "", "base address of a chat endpoint on this network; empty: no second reader"
    )
    second_reader_model: str = _setting("", "name of the model that it serves")
    second_reader_key: str = _setting("", "its key, if it wants one")
    second_reader_seconds: int = _setting(30, "seconds one answer may take")
    second_reader_public: bool = _setting(
        False, "let words leave the private network; not where real calls are"
    )
    drills_a_day: int = _setting(
        12, "drills sent through every day, each in its turn; 0 sends none by itself"
    )
    lease_seconds: int = _setting(60, "a worker silent for so long has lost its recording to another")
    sweep_seconds: int = _setting(30, "how often recordings that stand still are sent on their way again")

    @property
    def cache(self) -> Path:
        """What can be thrown away and made anew: joined weights, listening copies."""
        return self.home / "cache"

    @property
    def archive(self) -> Path:
        """Where the folder store keeps its objects."""
        return self.archive_folder or self.home / "archive"

    @property
    def keys(self) -> Path:
        """Where the key-encryption keys lie that we keep ourselves."""
        return self.key_folder or self.home / "keys"

    @property
    def scratch(self) -> Path:
        """Plain bytes while a stage works on them; each file goes when its work is done."""
        return self.cache / "scratch"

    @property
    def spool(self) -> Path:
        """Bytes received and not yet sealed, and bytes in quarantine."""
        return self.home / "spool"

    @property
    def uploads(self) -> Path:
        """Uploads on their way in; on the disk of the spool, not in a small /tmp."""
        return self.home / "uploads"

    def database(self) -> dict[str, Any]:
        """Django's description of the database."""
        if not self.database_url:
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(self.home / "earshot.sqlite3"),
                # IMMEDIATE: a writer waits at BEGIN instead of failing in the middle of its deed.
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "timeout": 60,
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
                },
                "TEST": {"NAME": str(self.home / "test.sqlite3")},
            }
        url = urlsplit(self.database_url)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path.lstrip("/"),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(url.port or ""),
            "OPTIONS": dict(parse_qsl(url.query)),  # sslmode, sslrootcert
        }

    def resolved_secret(self) -> str:
        """The configured secret, or the one kept in the home folder; made at first need."""
        if self.secret_key:
            return self.secret_key
        path = self.home / "secret-key"
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            self.home.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass  # another process of the same start was faster; its secret is ours
        return path.read_text(encoding="ascii").strip()


def _boolean(text: str) -> bool:
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    try:
        return words[text.strip().lower()]
    except KeyError:
        raise ValueError("say 1 or 0") from None


def _readers() -> dict[str, Callable[[str], Any]]:
    by_type: dict[str, Callable[[str], Any]] = {
        "str": str,
        "int": int,
        "bool": _boolean,
        "Path": lambda text: Path(text).resolve(),
        "Path | None": lambda text: Path(text).resolve() if text else None,
        "tuple[str, ...]": lambda text: tuple(part.strip() for part in text.split(",") if part.strip()),
    }
    return {f.name: by_type[str(f.type)] for f in fields(Environment)}


def _contradictions(env: Environment) -> list[str]:
    wants = {
        ("index", "elastic"): ("elastic_url",),
        ("store", "s3"): ("s3_endpoint", "s3_access_key", "s3_secret_key"),
        ("replica", "folder"): ("replica_folder",),
        ("replica", "s3"): ("replica_s3_endpoint", "replica_s3_access_key", "replica_s3_secret_key"),
        ("keeper", "environment"): ("keks",),
        ("keeper", "vault"): ("vault_url",),
    }
    faults = [
        f"EARSHOT_{setting.upper()}={value} needs EARSHOT_{name.upper()}"
        for (setting, value), names in wants.items()
        if getattr(env, setting) == value
        for name in names
        if not getattr(env, name)
    ]
    if env.second_reader_url and not env.second_reader_model:
        faults.append("EARSHOT_SECOND_READER_URL needs EARSHOT_SECOND_READER_MODEL")
    choices = {
        "index": ("sqlite", "elastic"),
        "store": ("folder", "s3"),
        "replica": ("none", "folder", "s3"),
        "consent": ("off", "note", "enforce"),
        "consent_unknown": ("one_party", "notice", "all_party"),
        "keeper": ("folder", "environment", "vault"),
        "speech_engine": ("whisper", "nemo"),
        "reader": ("packaged", "none"),
    }
    faults += [
        f"EARSHOT_{name.upper()}={getattr(env, name)!r} is not one of {', '.join(known)}"
        for name, known in choices.items()
        if getattr(env, name) not in known
    ]
    return faults


def read(variables: Mapping[str, str]) -> Environment:
    """Read every `EARSHOT_*` variable; all faults are reported together.

    Raises:
        ImproperlyConfigured: an unknown name, a value of the wrong kind, a contradiction.
    """
    readers, values, faults = _readers(), {}, []
    for variable, text in sorted(variables.items()):
        if not variable.startswith("EARSHOT_"):
            continue
        name = variable.removeprefix("EARSHOT_").lower()
        if name not in readers:
            faults.append(f"{variable} is not a setting of Earshot")
            continue
        try:
            values[name] = readers[name](text)
        except ValueError as fault:
            faults.append(f"{variable}={text!r}: {fault}")
    env = Environment(**values)
    faults += _contradictions(env)
    if faults:
        raise ImproperlyConfigured("; ".join(faults))
    return env
