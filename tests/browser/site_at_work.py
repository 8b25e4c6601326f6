"""A running site for the browser: one installation with its scene, served as in service, and pages of a Chromium."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page
from scene import PASSWORD

from installation import Installation

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required"
).split()


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site that answers, and the ids of the calls of its scene by name."""

    url: str
    calls: Mapping[str, str]
    installation: Installation

    def call(self, name: str, **query: str) -> str:
        """The address of a call's page."""
        asked = "&".join(f"{key}={value}" for key, value in query.items())
        return f"{self.url}/calls/{self.calls[name]}{'?' + asked if asked else ''}"


def chromium() -> str | None:
    """Where Debian keeps its browser."""
    return next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)


@contextmanager
def running(made: Installation) -> Iterator[Site]:
    """Seed the installation and serve it with the real web server."""
    told = python_in(made, str(ROOT / "tests" / "browser" / "scene.py"))
    calls = json.loads(told.rsplit("@@", 1)[1])
    made.manage("collectstatic", "--noinput", "-v", "0")
    port = _free_port()
    address = f"127.0.0.1:{port}"
    command = ["-m", "gunicorn", "surveillance.wsgi:application", "-b", address, "-w", "1", "--threads", "4"]
    with (made.home / "web.log").open("ab") as log:
        server = subprocess.Popen([sys.executable, *command], env=made.env, cwd=ROOT, stdout=log, stderr=log)
        try:
            _wait(f"http://{address}/sign-in", made.home / "web.log")
            yield Site(url=f"http://{address}", calls=calls, installation=made)
        finally:
            server.terminate()
            server.wait(20)


def signed_in(browser: Browser, site: Site, username: str, *, width: int = 1440, dark: bool = False) -> Page:
    """A fresh window in which someone has signed in; a fault of its script fails the test that opened it."""
    window = browser.new_context(
        viewport={"width": width, "height": 900 if width > 600 else 844},
        color_scheme="dark" if dark else "light",
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    page = watched(window)
    page.goto(f"{site.url}/sign-in")
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_selector("#menu", state="attached")
    return page


def go(page: Page, place: str) -> None:
    """By the navigation to a place, through the word it is gathered under where it is."""
    link = page.locator(f'#menu a[data-go="{place}"]')
    if not link.is_visible():
        # What a group has is looked for within it.
        here = page.locator(f'a[data-go="{place}"]')
        page.locator("#menu details.group", has=here).locator("summary").click()
    link.click()


def faults_of(page: Page) -> list[str]:
    """What the page's scripts and its content security policy complained of."""
    return page.complaints  # type: ignore[attr-defined]  # put there by watched


def watched(window: BrowserContext) -> Page:
    """A page whose complaints are kept."""
    page = window.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None,
    )
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


def until(page: Page, truth: str, seconds: float = 20) -> None:
    """Wait until an expression holds; asked again and again, for the site's policy forbids eval."""
    end = time.monotonic() + seconds
    while not page.evaluate(truth):
        assert time.monotonic() < end, f"still not so after {seconds:.0f} s: {truth}"
        page.wait_for_timeout(60)


def python_in(made: Installation, *arguments: str) -> str:
    """Run a script in the environment of an installation; what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], env=made.env, cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        raise AssertionError(f"{' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 — our own loopback address
                return
        except (urllib.error.URLError, OSError) as fault:
            if time.monotonic() > end:
                told = log.read_text(errors="replace")[-3000:]
                raise AssertionError(f"the site does not answer: {fault}\n{told}") from fault
            time.sleep(0.2)


def column() -> str:
    """The real services where the environment names them, else the embedded column."""
    return "real" if os.environ.get("EARSHOT_DATABASE_URL") else "embedded"
