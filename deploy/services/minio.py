"""MinIO: an S3 store with Object Lock, where natives are sealed beyond anyone's reach."""

from __future__ import annotations

import shutil
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from .golang import go_install
from .service import Service

# The last commit of the archived upstream repository, as the Go checksum database knows it.
MODULE = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
BUCKET = "earshot"


class Minio(Service):
    """One drive on loopback. The archive makes its bucket with Object Lock at first use."""

    name = "minio"
    usual_port = 19000

    @property
    def program(self) -> Path:
        return self.data / "bin" / "minio"

    def install(self) -> None:
        if self.program.exists():
            return
        built = self.ground.home / "bin" / "minio"
        if not built.exists():
            go_install(MODULE, self.ground.home, "MinIO")
        self.ground.folder(self.name, "bin")
        shutil.copy(built, self.program)
        self.program.chmod(0o755)

    def prepare(self) -> None:
        self.ground.folder(self.name, "drive")

    def launch(self) -> int:
        return self.spawn(
            [self.program, "server", "--quiet", "--address", f"127.0.0.1:{self.port}", self.data / "drive"],
            environment={
                "MINIO_ROOT_USER": self._access_key(),
                "MINIO_ROOT_PASSWORD": self.record.secret("minio"),
                "MINIO_BROWSER": "off",
                "MINIO_UPDATE": "off",
            },
        )

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address()}/minio/health/ready", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> Mapping[str, str]:
        return {
            "EARSHOT_STORE": "s3",
            "EARSHOT_S3_ENDPOINT": f"127.0.0.1:{self.port}",
            "EARSHOT_S3_ACCESS_KEY": self._access_key(),
            "EARSHOT_S3_SECRET_KEY": self.record.secret("minio"),
            "EARSHOT_S3_BUCKET": BUCKET,
            "EARSHOT_S3_SECURE": "0",
        }

    def _access_key(self) -> str:
        return self.record.secret("minio_key")[:20]
