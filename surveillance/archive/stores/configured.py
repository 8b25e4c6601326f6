"""The store of this installation, one a process."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from django.conf import settings

from surveillance.archive.stores.store import Store
from surveillance.core.backends import load
from surveillance.settings.env import Environment

STORES = {
    "folder": "surveillance.archive.stores.configured:folder",
    "s3": "surveillance.archive.stores.configured:s3",
}


def store() -> Store:
    """Where natives are sealed, by EARSHOT_STORE."""
    return _made(settings.EARSHOT)


def replica() -> Store | None:
    """Where every native lies a second time, by EARSHOT_REPLICA; None where nowhere."""
    env = settings.EARSHOT
    if env.replica == "none":
        return None
    return _made(
        replace(
            env,
            store=env.replica,
            archive_folder=env.replica_folder,
            s3_endpoint=env.replica_s3_endpoint,
            s3_access_key=env.replica_s3_access_key,
            s3_secret_key=env.replica_s3_secret_key,
            s3_bucket=env.replica_s3_bucket,
        )
    )


@lru_cache(maxsize=4)
def _made(env: Environment) -> Store:
    made: Store = load(STORES, env.store)(env)
    return made


def folder(env: Environment) -> Store:
    """Files under a folder of ours."""
    from surveillance.archive.stores.folder import FolderStore, seal_key

    return FolderStore(env.archive, seal_key(env.home / "archive-seal-key"))


def s3(env: Environment) -> Store:
    """A bucket with Object Lock. The client is imported only where it is used."""
    from surveillance.archive.stores.s3 import S3Address, S3Store

    return S3Store(
        S3Address(
            endpoint=env.s3_endpoint,
            access_key=env.s3_access_key,
            secret_key=env.s3_secret_key,
            bucket=env.s3_bucket,
            secure=env.s3_secure,
        )
    )
