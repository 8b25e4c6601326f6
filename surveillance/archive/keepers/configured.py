"""The keeper of this installation, one a process."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from surveillance.archive.keepers.keeper import Keeper
from surveillance.core.backends import load
from surveillance.settings.env import Environment

KEEPERS = {
    "folder": "surveillance.archive.keepers.configured:folder",
    "environment": "surveillance.archive.keepers.configured:environment",
    "vault": "surveillance.archive.keepers.configured:vault",
}


def keeper() -> Keeper:
    """Who holds the key-encryption keys, by EARSHOT_KEEPER."""
    return _made(settings.EARSHOT)


@lru_cache(maxsize=4)
def _made(env: Environment) -> Keeper:
    made: Keeper = load(KEEPERS, env.keeper)(env)
    return made


def folder(env: Environment) -> Keeper:
    """Files of ours."""
    from surveillance.archive.keepers.folder import FolderKeeper

    return FolderKeeper(env.keys)


def environment(env: Environment) -> Keeper:
    """What the orchestrator hands in."""
    from surveillance.archive.keepers.environment import EnvironmentKeeper

    return EnvironmentKeeper(env.keks)


def vault(env: Environment) -> Keeper:
    """A transit engine over HTTPS."""
    from surveillance.archive.keepers.vault import VaultKeeper

    return VaultKeeper(
        url=env.vault_url,
        key=env.vault_key,
        token=env.vault_token or env.home / "vault-token",
        mount=env.vault_mount,
        roots=env.vault_roots,
    )
