"""Elasticsearch: the index of an archive that SQLite no longer holds."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ..setup.faults import SetUpFault, run_or_cure, say
from ..setup.packages import java_home, need_program
from .service import Service

VERSION = "8.19.21"
# The distribution that Elastic publishes to Maven Central for integration tests: the real server with
# x-pack core and security, without the optional modules. The product asks for none of those.
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
SHA256 = "215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
USER = "elastic"


class Elastic(Service):
    """One node, a heap of 1 GiB, plain HTTP on loopback, signed in with a generated password."""

    name = "elastic"
    usual_port = 19200
    patience = 180.0

    @property
    def program(self) -> Path:
        return self.data / f"elasticsearch-{VERSION}"

    @property
    def configuration(self) -> Path:
        return self.data / "config"

    @property
    def log(self) -> Path:
        return self.data / "logs" / "earshot.log"

    def install(self) -> None:
        java_home()
        if (self.program / "bin/elasticsearch").exists():
            return
        archive = self._download()
        say(f"  unpacking Elasticsearch {VERSION}")
        fresh = self.data / "unpacking"
        shutil.rmtree(fresh, ignore_errors=True)
        _unpack(archive, fresh)
        self.ground.give(fresh)
        (fresh / f"elasticsearch-{VERSION}").rename(self.program)
        shutil.rmtree(fresh)

    def prepare(self) -> None:
        for part in ("store", "logs", "tmp"):
            self.ground.folder(self.name, part)
        if not self.configuration.exists():
            shutil.copytree(self.program / "config", self.configuration)
            self.ground.give(self.configuration)
        self.ground.write(self.configuration / "elasticsearch.yml", self._settings())
        heap = "-Xms1g\n-Xmx1g\n"
        self.ground.write(self.configuration / "jvm.options.d/heap.options", heap)
        if not (self.configuration / "elasticsearch.keystore").exists():
            self._keystore("create")
            # The first password of the user `elastic`; it stays what it is until someone changes it.
            self._keystore("add", "--stdin", "bootstrap.password", typed=self.record.secret("elastic"))

    def launch(self) -> int:
        pid = self.data / "server.pid"
        pid.unlink(missing_ok=True)
        # The launcher returns once the node is up, and the server lives on without it.
        try:
            self.tool([self.program / "bin/elasticsearch", "--daemonize", "--pidfile", pid],
                      environment=self._java())  # fmt: skip
        except subprocess.TimeoutExpired as fault:
            raise self._did_not_start("did not come up in time") from fault
        try:
            return int(pid.read_text(encoding="ascii"))
        except FileNotFoundError as fault:
            raise self._did_not_start("ended while starting") from fault

    def answers(self) -> bool:
        token = base64.b64encode(f"{USER}:{self.record.secret('elastic')}".encode()).decode()
        health = f"http://127.0.0.1:{self.port}/_cluster/health?wait_for_status=yellow&timeout=1s"
        request = urllib.request.Request(health, headers={"Authorization": f"Basic {token}"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return json.load(answer)["status"] in ("yellow", "green")
        except (OSError, ValueError, KeyError):
            return False

    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> Mapping[str, str]:
        return {
            "EARSHOT_INDEX": "elastic",
            "EARSHOT_ELASTIC_URL": self.address(),
            "EARSHOT_ELASTIC_USER": USER,
            "EARSHOT_ELASTIC_PASSWORD": self.record.secret("elastic"),
        }

    def _settings(self) -> str:
        settings = {
            "cluster.name": "earshot",
            "node.name": "earshot-1",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": self.port,
            "transport.port": f"{self.port + 100}-{self.port + 199}",
            "path.data": self.data / "store",
            "path.logs": self.data / "logs",
            "xpack.security.enabled": "true",
            # Loopback only: a password without TLS. A cluster of several machines needs both.
            "xpack.security.http.ssl.enabled": "false",
            "xpack.security.transport.ssl.enabled": "false",
            "xpack.security.autoconfiguration.enabled": "false",
            # The percentages it comes with would freeze the index on a large disk that is 95 % full.
            "cluster.routing.allocation.disk.watermark.low": "2gb",
            "cluster.routing.allocation.disk.watermark.high": "1gb",
            "cluster.routing.allocation.disk.watermark.flood_stage": "500mb",
        }
        return "".join(f"{key}: {json.dumps(str(value))}\n" for key, value in settings.items())

    def _java(self) -> dict[str, str]:
        return {
            "ES_JAVA_HOME": str(java_home()),
            "ES_PATH_CONF": str(self.configuration),
            "ES_TMPDIR": str(self.data / "tmp"),
        }

    def _keystore(self, *arguments: str, typed: str | None = None) -> None:
        tool = self.program / "bin/elasticsearch-keystore"
        done = self.tool([tool, *arguments], environment=self._java(), typed=typed)
        if done.returncode:
            raise SetUpFault(
                f"elasticsearch-keystore {arguments[0]} failed: {(done.stderr or done.stdout).strip()}",
                f"remove {self.configuration} and try again",
            )

    def _download(self) -> Path:
        archive = self.ground.downloads / f"elasticsearch-{VERSION}.zip"
        if not archive.exists():
            say(f"  fetching Elasticsearch {VERSION} from Maven (107 MB)")
            _copy_from_maven(self.ground.downloads)
        with archive.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != SHA256:
            archive.unlink()
            raise SetUpFault(
                f"{archive.name} is not the archive we know: SHA-256 {found}, expected {SHA256}",
                "try again; if it comes out the same, the source is not to be trusted",
            )
        return archive


def _copy_from_maven(folder: Path) -> None:
    maven = need_program(["mvn"], "maven")
    run_or_cure(
        [maven, "-B", "-q", COPY, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"],
        what=f"Maven could not copy {ARTIFACT}",
        cure="check the network and ~/.m2/settings.xml, or put the archive of that name into "
        f"{folder} by hand as elasticsearch-{VERSION}.zip",
        env=os.environ | {"JAVA_HOME": str(java_home())},
    )


def _unpack(archive: Path, folder: Path) -> None:
    """Unpacks and keeps the permission bits, which `ZipFile.extractall` drops."""
    with zipfile.ZipFile(archive) as content:
        for entry in content.infolist():
            path = Path(content.extract(entry, folder))
            mode = entry.external_attr >> 16 & 0o777
            if mode:
                path.chmod(mode)
