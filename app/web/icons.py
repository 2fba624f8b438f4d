"""Lucide's icons, drawn into the page itself: they take the colour of the words beside them and cost no request."""

import re
from functools import cache

from markupsafe import Markup

from app.web.static import VENDORED

_INSIDE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@cache
def icon(name: str) -> Markup:
    """The icon of that name in Lucide, silent for screen readers: words stand beside it. KeyError for others."""
    path = VENDORED / f"icon-{name}.svg"
    if not path.is_file():
        raise KeyError(f"There is no icon {name}: name it in static/vendored/vendored.json and run .ci/vendor --write.")
    inside = _INSIDE.search(path.read_text("utf-8"))
    assert inside is not None
    lines = "".join(line.strip() for line in inside[1].splitlines())
    # what they say is ours: the files are compared with their checksums by a test
    return Markup(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{lines}</svg>')  # noqa: S704
