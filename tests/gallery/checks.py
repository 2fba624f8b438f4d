"""What is looked for on a sight that a browser shows: axe's rules, words cut off or upon each other, small buttons,
fields without a name.
"""

from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT  # what it makes of axe's answers we leave aside

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NOT_FOR_MAILS = ["landmark-one-main", "region"]
"""A mail is shown inside the page of a mail reader, which has the landmarks; one more `main` there would be wrong."""
STOPS = 'a[href*="still=1"]'
"""A page that looks again by itself is right where a link stops it, which axe cannot know."""

AXE = """
async ([tags, without, stops]) => {
  const rules = Object.fromEntries(without.map(id => [id, {enabled: false}]));
  const options = {runOnly: {type: 'tag', values: tags}, rules, resultTypes: ['violations'], iframes: false};
  const found = await axe.run(document, options);
  const stopped = document.querySelector(stops) !== null;
  return found.violations.filter(one => !(stopped && one.id === 'meta-refresh'))
    .flatMap(one => one.nodes.map(node => `${one.id}: ${node.target.join(' ')}`));
}
"""

WORDS = """
() => {
  const hidden = element => {
    if (!element.checkVisibility()) return true;  // what stands in a closed <details> has a place, and is not seen
    for (let one = element; one && one !== document.body; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.clipPath !== 'none' || style.visibility === 'hidden' || style.display === 'none'
        || style.opacity === '0' || one.matches('.skip, option, textarea')) return true;
    }
    return false;
  };
  const wide = document.documentElement.clientWidth;
  const said = node => node.data.trim().slice(0, 40);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const boxes = [], wrong = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || hidden(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1) continue;
      if (box.left < -1 || box.right > wide + 1) wrong.push(`beyond the edge: ${said(node)}`);
      boxes.push([box, node]);
    }
  }
  boxes.sort((one, other) => one[0].top - other[0].top);
  boxes.forEach(([box, node], at) => {
    for (let next = at + 1; next < boxes.length && boxes[next][0].top < box.bottom; next++) {
      const [other, beside] = boxes[next];
      const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const down = Math.min(box.bottom, other.bottom) - other.top;
      if (node !== beside && across > 2 && down > Math.min(box.height, other.height) / 2)
        wrong.push(`upon each other: ${said(node)} / ${said(beside)}`);
    }
  });
  const all = document.documentElement.scrollWidth;
  if (all > wide) wrong.push(`scrolls sideways: ${all}`);
  for (const one of document.querySelectorAll('body *')) {
    const style = getComputedStyle(one);
    const wider = one.tagName !== 'INPUT' && one.scrollWidth > one.clientWidth + 1;
    if (wider && style.overflowX !== 'visible' && !hidden(one))
      wrong.push(`cut off: ${one.tagName} ${one.className}`);
  }
  return wrong;
}
"""

SMALL_BUTTONS = """
() => [...document.querySelectorAll('main button, main .button')].filter(one => one.checkVisibility())
  .filter(one => one.getBoundingClientRect().height < 44).map(one => one.textContent.trim())
"""

NAMELESS_FIELDS = """
() => [...document.querySelectorAll('input:not([type=hidden]), textarea, select')]
  .filter(one => ![...one.labels].some(label => label.textContent.trim())).map(one => one.outerHTML)
"""


def axe(page: "Page", *, mail: bool = False) -> list[str]:
    """Which rule what breaks. The source goes in from outside, which no policy of the page forbids."""
    page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(AXE, [TAGS, NOT_FOR_MAILS if mail else [], STOPS])
    return found


def misplaced(page: "Page") -> list[str]:
    """Words beyond the edge, cut off, or upon other words, and a page that scrolls sideways."""
    found: list[str] = page.evaluate(WORDS)
    return found


def enlarge(page: "Page") -> None:
    """Text of twice the size, as people set it in their browser."""
    page.evaluate("document.documentElement.style.fontSize = '200%'")


def small_buttons(page: "Page") -> list[str]:
    """Buttons lower than a thumb needs, by their words."""
    found: list[str] = page.evaluate(SMALL_BUTTONS)
    return found


def nameless_fields(page: "Page") -> list[str]:
    """Fields that no label names."""
    found: list[str] = page.evaluate(NAMELESS_FIELDS)
    return found
