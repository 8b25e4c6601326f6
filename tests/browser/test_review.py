"""The officer's day in a real browser: find, hear, decide; and the walls around it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from site_at_work import Site, go, until

Visit = Callable[..., Page]
WHATSAPP = 13.36  # the second at which the scene says it: the fifth word of the turn at twelve seconds


def _position(page: Page) -> float:
    return float(page.evaluate("document.querySelector('audio').currentTime"))


def _hear_past(page: Page, second: float) -> None:
    """Wait until the sound has gone past a second, playing."""
    until(page, f"(a => !a.paused && a.currentTime > {second})(document.querySelector('audio'))")


def test_an_officer_finds_a_word_and_hears_it(visit: Visit, site: Site) -> None:
    page = visit("officer")
    go(page, "search")
    page.fill("#query", "ping w/4 whatsapp and gilt")
    page.press("#query", "Enter")
    expect(page.get_by_text("Understood as")).to_contain_text("within 4 words")
    expect(page.locator(".result")).to_have_count(1)
    expect(page.locator(".snippet mark").first).to_be_visible()
    page.locator("[data-play]").first.click()
    _hear_past(page, WHATSAPP)
    assert "q=ping" in page.url


def test_a_link_from_a_hit_plays_the_call_from_there(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.goto(site.call("rates-0001", t="12.0"))
    _hear_past(page, WHATSAPP)
    expect(page.locator(".turn.now .who")).to_have_text("Nadia Brandt")
    page.keyboard.press(" ")
    until(page, "document.querySelector('audio').paused")


def test_a_click_on_a_word_plays_that_word(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.goto(site.call("rates-0001"))
    page.locator("#transcript [data-s]", has_text="whatsapp").click()
    _hear_past(page, WHATSAPP + 0.2)
    assert _position(page) < WHATSAPP + 6


def test_both_lanes_are_drawn_and_the_hits_are_marked_on_sound_and_words(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.goto(site.call("rates-0001"))
    expect(page.locator("#wave-waiting")).to_be_hidden()
    drawn = page.evaluate(
        """() => { const root = document.querySelector('#wave > div').shadowRoot;
        return { lanes: new Set([...root.querySelectorAll('.canvases > div')]).size,
                 regions: root.querySelectorAll('[part~="region"]').length,
                 styled: getComputedStyle(root.querySelector('.wrapper')).position }; }"""
    )
    assert drawn["styled"] == "relative", "the style of the waveform is in force under the policy"
    assert drawn["lanes"] >= 2
    assert drawn["regions"] >= 3
    expect(page.locator("mark.hit").first).to_be_visible()
    expect(page.locator(".lane-name")).to_have_count(2)


def test_the_keyboard_alone_goes_through_the_queue_and_plays(visit: Visit, site: Site) -> None:
    page = visit("officer")
    page.goto(f"{site.url}/queue")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/*")
    page.wait_for_selector("#wave-waiting", state="hidden")
    page.keyboard.press("]")
    until(page, "!document.querySelector('audio').paused")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.locator('input[name="action"][value="false_alarm"]')).to_be_checked()
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.id") == "reason"


def test_someone_of_another_desk_is_told_that_nothing_is_there(visit: Visit, site: Site) -> None:
    page = visit("field-officer")
    page.goto(f"{site.url}/queue")
    expect(page.locator("[data-row]")).to_have_count(1)
    answer = page.goto(site.call("rates-0001"))
    assert answer is not None
    assert answer.status == 404
    for part in ("sound", "peaks", "native"):
        assert page.request.get(f"{site.call('rates-0001')}/{part}").status == 404
    page.goto(f"{site.url}/search?q=whatsapp")
    expect(page.get_by_text("Nobody said that")).to_be_visible()
    expect(page.locator(".result")).to_have_count(0)
    page.goto(f"{site.url}/calls")
    expect(page.locator("[data-row]")).to_have_count(1)


def test_a_decision_takes_the_call_from_the_queue_and_a_second_person_closes_it(
    visit: Visit, site: Site
) -> None:
    page = visit("officer")
    page.goto(f"{site.url}/queue")
    page.get_by_role("link", name="Nadia Brandt and Tomas Weil").click()
    page.locator(".finding [data-from]").first.click()
    _hear_past(page, 4)
    page.keyboard.press(" ")
    expect(page.locator("[data-heard]").first).not_to_have_text("0:00")
    expect(page.locator('input[name="action"]:checked')).to_have_count(0)
    page.fill("#reason", "In a hurry.")
    page.press("#reason", "Control+Enter")
    page.get_by_role("button", name="Record and go on").click()
    expect(page.locator('input[name="action"]:invalid')).to_have_count(5)
    expect(page.locator(".history li")).to_have_count(0)
    page.get_by_label("Escalate").check()
    page.fill("#reason", "Asks to leave the recorded line for WhatsApp and to delete it.")
    page.get_by_role("button", name="Record and go on").click()
    expect(page.get_by_role("status").filter(has_text="second pair of eyes")).to_be_visible()
    page.goto(f"{site.url}/queue")
    expect(page.get_by_role("link", name="Nadia Brandt and Tomas Weil")).to_have_count(0)
    page.goto(site.call("rates-0005"))
    expect(page.locator("#decision")).to_contain_text("supervisor")
    expect(page.locator("#reason")).to_have_count(0)

    other = visit("supervisor")
    other.goto(f"{site.url}/queue?state=second")
    other.get_by_role("link", name="Nadia Brandt and Tomas Weil").click()
    expect(other.locator(".history")).to_contain_text("had heard 0:0")
    other.get_by_label("Breach confirmed").check()
    other.fill("#reason", "Agreed.")
    other.get_by_role("button", name="Record and stay").click()
    expect(other.locator(".history li")).to_have_count(2)
    expect(other.get_by_text("Re-open").first).to_be_visible()
