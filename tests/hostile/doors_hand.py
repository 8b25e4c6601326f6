"""Those who come through the doors: with a stolen session, a forged token, or a role and too much curiosity."""

from __future__ import annotations

import base64
import json
import secrets

from attacks import Browser, Came, attack, last_entry
from scene import PASSWORD
from site_at_work import Site

THIEF = "holder of a stolen session"
FORGER = "forger of tokens"
CURIOUS = "curious reviewer"


@attack(THIEF, "shows the cookie of an officer from another browser")
def elsewhere(site: Site) -> Came:
    owner = Browser(site, "officer")
    thief = Browser(site)
    thief.headers["User-Agent"] = "somebody else's browser"
    thief.cookies.update(owner.cookies)
    seen = thief.see("/queue").status_code
    ended = owner.see("/queue").status_code
    entry = last_entry(site, action="session refused")
    return Came(
        prevented=seen == 302 and ended == 302,
        detected=bool(entry),
        how=f"sent to the sign-in ({seen}), the session is over; {entry}",
    )


@attack(THIEF, "uses the cookie after its owner signed out")
def after_sign_out(site: Site) -> Came:
    owner = Browser(site, "officer")
    kept = owner.cookies.copy()
    owner.form("/sign-out", at="/queue")
    thief = Browser(site)
    thief.cookies.update(kept)
    seen = thief.see("/queue").status_code
    return Came(prevented=seen == 302, how=f"sent to the sign-in ({seen})")


@attack(THIEF, "makes the browser of an officer decide an alert (a form from another site)")
def forged_form(site: Site) -> Came:
    owner = Browser(site, "officer")
    call = site.calls["rates-0001"]
    sent = {"action": "no_concern", "reason": "nothing to see here at all"}
    where = {"Referer": "https://elsewhere.example/", "Origin": "https://elsewhere.example"}
    answer = owner.post(
        f"{site.url}/calls/{call}/decision", data=sent, headers=where, allow_redirects=False, timeout=30
    )
    entry = last_entry(site, action="refused", actor="officer")
    return Came(
        prevented=answer.status_code == 403, detected=bool(entry), how=f"{answer.status_code}; {entry}"
    )


@attack(FORGER, "guesses a token of the API")
def guesses(site: Site) -> Came:
    forged = {"Authorization": f"Token {secrets.token_hex(32)}"}
    seen = Browser(site).see("/api/alerts/", headers=forged).status_code
    entry = last_entry(site, action="refused", actor="anonymous")
    return Came(prevented=seen == 401, detected=bool(entry), how=f"{seen}; {entry}")


@attack(FORGER, "shows an unsigned JWT that calls itself an administrator")
def unsigned(site: Site) -> Came:
    def part(told: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    jwt = f"{part({'alg': 'none'})}.{part({'sub': 'admin'})}."
    seen = [
        Browser(site).see("/api/alerts/", headers={"Authorization": f"{kind} {jwt}"}).status_code
        for kind in ("Bearer", "Token")
    ]
    entry = last_entry(site, action="refused", actor="anonymous")
    return Came(prevented=seen == [401, 401], detected=bool(entry), how=f"{seen}; {entry}")


@attack(FORGER, "bakes a session cookie")
def baked(site: Site) -> Came:
    forger = Browser(site)
    forger.cookies.set("sessionid", secrets.token_hex(16))
    seen = forger.see("/queue").status_code
    return Came(prevented=seen == 302, how=f"sent to the sign-in ({seen})")


@attack(FORGER, "tries passwords of the administrator")
def passwords(site: Site) -> Came:
    forger = Browser(site)
    for guess in range(5):
        forger.form("/sign-in", at="/sign-in", username="admin", password=f"Summer-{guess}")
    # Even the right one, while the name is locked.
    answer = forger.form("/sign-in", at="/sign-in", username="admin", password=PASSWORD)
    entry = last_entry(site, action="sign-in failed", subject="user:admin")
    return Came(
        prevented=answer.status_code == 429, detected=bool(entry), how=f"{answer.status_code}; {entry}"
    )


@attack(CURIOUS, "opens, plays and downloads a call of another desk by its address")
def another_desk(site: Site) -> Came:
    curious = Browser(site, "field-officer")
    call = site.calls["rates-0001"]
    seen = [
        curious.see(path, headers=more).status_code
        for path, more in (
            (f"/calls/{call}", {}),
            (f"/calls/{call}/sound", {}),
            (f"/calls/{call}/native", {"Range": "bytes=0-99"}),
            (f"/calls/{call}/peaks", {}),
            (f"/api/recordings/{call}/", {}),
        )
    ]
    entry = last_entry(site, action="refused", actor="field-officer")
    return Came(prevented=set(seen) == {404}, detected=bool(entry), how=f"{seen}; {entry}")


@attack(CURIOUS, "searches for words that were said on another desk")
def words_elsewhere(site: Site) -> Came:
    curious = Browser(site, "field-officer")
    page = curious.see("/search", params={"q": "whatsapp"}).text
    leaked = site.calls["rates-0001"] in page or "Nadia Brandt" in page
    entry = last_entry(site, action="searched", actor="field-officer")
    return Came(prevented=not leaked, detected=bool(entry), how=f"no hit; {entry}")


@attack(CURIOUS, "reads the ledger and gives themselves a role")
def climbs(site: Site) -> Came:
    curious = Browser(site, "officer")
    ledger = curious.see("/ledger").status_code
    role = curious.form("/people/officer/grants", at="/queue", role="admin", desk="").status_code
    entry = last_entry(site, action="refused", actor="officer")
    return Came(
        prevented=(ledger, role) == (403, 403), detected=bool(entry), how=f"{ledger}, {role}; {entry}"
    )
