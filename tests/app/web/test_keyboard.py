"""From joining to how it went with Tab, Enter and Space alone, without scripts; one always sees where one is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from app.models import MailKind
from tests.app.web.visitor import Visitor, visiting
from tests.factories import World
from tests.rig.browser import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE = 30_000
MOST_STOPS = 120
FOCUSED = """
() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const words = one.labels?.length ? one.labels[0] : one;
  return {
    name: (one.getAttribute('aria-label') || words.textContent).replace(/\\s+/g, ' ').trim(),
    ringed: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}
"""


@dataclass
class Keys:
    """Somebody without a mouse."""

    page: "Page"

    def to(self, name: str) -> None:
        """Tab on until something of that name has the focus, and see the focus at every stop."""
        passed = []
        self.page.wait_for_load_state()  # before its styles are there, a page rings nothing
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(FOCUSED)
            assert stop["ringed"], f"nobody sees that the focus is on: {stop['name']}"
            assert stop["inside"], f"out of sight: {stop['name']}"
            passed.append(stop["name"])
            if stop["name"] == name:
                return
        raise AssertionError(f"no {name} among {passed}")

    def write(self, name: str, words: str) -> None:
        """Fill a field."""
        self.to(name)
        self.page.keyboard.type(words)

    def press(self, name: str, key: str = "Enter") -> None:
        """A button, a link or a box."""
        self.to(name)
        self.page.keyboard.press(key)

    def sees(self, heading: str) -> None:
        """The page that this led to."""
        expect(self.page.get_by_role("heading", name=heading, exact=True)).to_be_visible(timeout=PATIENCE)


def test_the_journey_goes_by_keyboard_alone_without_scripts(browser: "Browser", sqlite_world: World) -> None:
    sqlite_world.settings = sqlite_world.settings.model_copy(update={"mail_from": "Coffee <coffee@example.org>"})
    sqlite_world.person("priya", "Estates")
    with visiting(sqlite_world) as visitor, watched_page(browser, java_script_enabled=False) as page:
        keys = Keys(page)
        page.goto(f"{visitor.site.url}/p/demo")
        joined(keys, visitor)
        better_matches(keys)
        skipped_and_back(keys)
        sqlite_world.sent_round()
        how_it_went(keys, visitor)


def joined(keys: Keys, visitor: Visitor) -> None:
    """Past the head of the page, a slip, the form, the mail, the button."""
    keys.press("Skip to the content")
    keys.press("Join in a minute")  # the link that jumps to the form
    keys.press("Join")
    keys.sees("There is a problem")
    expect(keys.page.locator(".summary")).to_be_focused(timeout=PATIENCE)
    keys.press("Enter your full name.")
    keys.page.keyboard.type("Sam Okoro")
    keys.write("E-mail address", "sam@example.org")
    keys.write("Team", "Finance")
    keys.press("Join")
    keys.sees("Look in your inbox")
    keys.page.goto(visitor.site.url + visitor.link(MailKind.CONFIRM_SIGN_UP, "confirm", "sam"))
    keys.press("Confirm and join")
    keys.sees("You are in")


def better_matches(keys: Keys) -> None:
    """The optional minute."""
    keys.write("I like to talk about", "chess")
    keys.press("Monday morning", "Space")
    keys.press("Save")
    keys.sees("How things stand")
    for words in ("chess", "Monday morning"):
        expect(keys.page.get_by_text(words, exact=True)).to_be_visible(timeout=PATIENCE)


def skipped_and_back(keys: Keys) -> None:
    """Out of the next round, and in again."""
    keys.press("Skip the next round")
    expect(keys.page.get_by_role("status")).to_have_text("You sit out the next round.", timeout=PATIENCE)
    keys.press("Take part after all", "Space")
    expect(keys.page.get_by_role("status")).to_have_text("You are in the next round.", timeout=PATIENCE)


def how_it_went(keys: Keys, visitor: Visitor) -> None:
    """Two taps, and a little more."""
    keys.page.goto(visitor.site.url + "/me")
    keys.press("Open this conversation, the week of 23 November 2026")
    keys.sees("You and Priya")
    keys.press("Say how it went")
    keys.sees("Did you and Priya meet?")
    keys.press("Yes, we met")
    keys.sees("Thank you")
    keys.press("Very much", "Space")
    keys.press("Keep it")
    expect(keys.page.get_by_role("status")).to_have_text("Kept. That was all.", timeout=PATIENCE)
