"""Key-encryption keys in a transit engine as Vault and OpenBao serve it: they never leave it.

developer.hashicorp.com/vault/api-docs/secret/transit: encrypt, decrypt and rotate, JSON over HTTPS.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from surveillance.archive.keepers.keeper import Wrapped, unwrappable
from surveillance.core.errors import Broken, Transient

BUSY = frozenset({412, 429, 472, 473, 500, 502, 503, 504})


class VaultKeeper:
    """One named key of a transit engine; its versions are our key-encryption keys, named `name:v3`.

    The token is read from its file each time, for an agent writes a newer one there.
    """

    name = "vault"

    def __init__(
        self, *, url: str, key: str, token: Path, mount: str = "transit", roots: Path | None = None
    ) -> None:
        self._url, self._key, self._token, self._mount = url.rstrip("/"), key, token, mount
        self._pool = PoolManager(
            timeout=Timeout(connect=5, read=10),
            retries=Retry(total=2, backoff_factor=0.2),
            cert_reqs="CERT_REQUIRED",
            ca_certs=str(roots) if roots else None,
        )

    def current(self) -> str:
        return f"{self._key}:v{self._asked('GET', f'keys/{self._key}')['latest_version']}"

    def wrap(self, key: bytes, *, bound: bytes) -> Wrapped:
        told = {"plaintext": _text(key), "associated_data": _text(bound)}
        sealed = str(self._asked("POST", f"encrypt/{self._key}", told)["ciphertext"])
        return Wrapped(kek=f"{self._key}:{sealed.split(':')[1]}", content=sealed.encode())

    def unwrap(self, wrapped: Wrapped, *, bound: bytes) -> bytes:
        told = {"ciphertext": wrapped.content.decode(errors="replace"), "associated_data": _text(bound)}
        try:
            return base64.b64decode(self._asked("POST", f"decrypt/{self._key}", told)["plaintext"])
        except NotAccepted as fault:
            raise unwrappable(wrapped.kek) from fault

    def renew(self) -> str:
        self._asked("POST", f"keys/{self._key}/rotate", {})
        return self.current()

    def _asked(self, method: str, path: str, told: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._pool.request(
                method,
                f"{self._url}/v1/{self._mount}/{path}",
                headers={"X-Vault-Token": self._token.read_text(encoding="ascii").strip()},
                body=json.dumps(told) if told is not None else None,
            )
        except OSError as fault:
            raise Broken(
                f"The key service's token cannot be read: {fault}", cure="See EARSHOT_VAULT_TOKEN."
            ) from fault
        except HTTPError as fault:
            raise Transient(
                f"The key service does not answer: {fault}", cure="Earshot tries again by itself."
            ) from fault
        if answer.status in BUSY:
            raise Transient(
                f"The key service answers {answer.status}.", cure="Earshot tries again by itself."
            )
        if answer.status == 400:
            raise NotAccepted("The key service does not take it.", cure="Look at its audit log.")
        if answer.status not in (200, 204):
            raise Broken(
                f"The key service answers {answer.status}.",
                cure=f"Its token needs encrypt, decrypt and read on {self._mount}/{self._key}.",
            )
        data = answer.json().get("data") if answer.data else {}
        return dict(data or {})


class NotAccepted(Broken):
    """The key service refuses what it was given."""


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
