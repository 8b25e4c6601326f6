"""The store of this installation, one a process."""

from __future__ import annotations

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


@lru_cache(maxsize=4)
def _made(env: Environment) -> Store:
    made: Store = load(STORES, env.store)(env)
    return made


def folder(env: Environment) -> Store:
    """Files under the home folder."""
    from surveillance.archive.stores.folder import FolderStore, seal_key

    return FolderStore(env.home / "archive", seal_key(env.home / "archive-seal-key"))


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
