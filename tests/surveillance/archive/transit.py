"""A transit engine on loopback: the calls of Vault's that we make, over TLS, with keys that never leave it."""

from __future__ import annotations

import base64
import http.server
import json
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "s.loopback"


@dataclass
class Transit:
    """What the server knows; `down` makes it answer 503."""

    url: str = ""
    roots: Path = Path()
    keys: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    asked: list[str] = field(default_factory=list)
    down: bool = False

    def answer(self, verb: str, told: dict[str, Any]) -> dict[str, Any]:
        bound = base64.b64decode(told.get("associated_data", ""))
        if verb == "encrypt":
            nonce = os.urandom(12)
            sealed = nonce + AESGCM(self.keys[-1]).encrypt(nonce, base64.b64decode(told["plaintext"]), bound)
            return {"ciphertext": f"vault:v{len(self.keys)}:{base64.b64encode(sealed).decode()}"}
        if verb == "decrypt":
            _, version, content = told["ciphertext"].split(":")
            sealed = base64.b64decode(content)
            plain = AESGCM(self.keys[int(version[1:]) - 1]).decrypt(sealed[:12], sealed[12:], bound)
            return {"plaintext": base64.b64encode(plain).decode()}
        if verb == "rotate":
            self.keys.append(os.urandom(32))
        return {"latest_version": len(self.keys)}


@contextmanager
def transit(folder: Path) -> Iterator[Transit]:
    """Its address and root certificate, while it stands open."""
    folder.mkdir()
    command = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 9 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(["openssl", *command.split(), *names], cwd=folder, check=True, capture_output=True)
    state = Transit(roots=folder / "cert.pem")

    class Answers(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            state.asked.append(self.path)
            status, data = 200, {}
            verb = self.path.rsplit("/", 2)[-1 if self.path.endswith("/rotate") else -2]
            if self.headers.get("X-Vault-Token") != TOKEN:
                status = 403
            elif state.down:
                status = 503
            else:
                try:
                    data = state.answer(verb, told)
                except (InvalidTag, ValueError, KeyError, IndexError):
                    status = 400
            body = json.dumps({"data": data}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815  # the server's names

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    state.url = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
