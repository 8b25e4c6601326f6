"""A time stamping authority on loopback: OpenSSL's own, behind a small HTTP door."""

from __future__ import annotations

import http.server
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[tsa]
basicConstraints = critical, CA:false
extendedKeyUsage = critical, timeStamping
keyUsage = critical, digitalSignature
[tsa_config]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def authority(folder: Path, name: str = "Stamps") -> Path:
    """Make one; the PEM file of its root."""
    folder.mkdir()
    (folder / "conf").write_text(CONFIG.format(name=name, folder=folder))
    (folder / "serial").write_text("01\n")
    _openssl(
        folder,
        "req -x509 -config conf -extensions ca -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 9",
    )
    _openssl(folder, "req -config conf -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr")
    _openssl(
        folder,
        "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -set_serial 2 -extfile conf -extensions tsa -out tsa.pem",
    )
    return folder / "ca.pem"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Its address, while it stands open."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "asked").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            _openssl(
                folder,
                "ts -reply -config conf -section tsa_config -queryfile asked -inkey tsa.key -signer tsa.pem -out stamp",
            )
            content = (folder / "stamp").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{door.server_address[1]}/"
        door.shutdown()


def _openssl(folder: Path, command: str) -> None:
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
