"""Draws the picture of a round in the README: `.venv/bin/python -m benchmarks.picture > docs/round.svg`.

People stand on a ring, beside their team; a curve is an introduction. Same seed, same picture.
"""

import math
from collections.abc import Iterator
from itertools import combinations

from matching import Person, Policy, Pool, match

TEAMS = {"Nursing": 10, "Finance": 8, "Estates": 7, "Pharmacy": 6, "IT": 6, "Therapy": 5, "Library": 4, "Board": 3}
SEED = 7
SIZE, RADIUS, LABEL = 640, 220, 246
STYLE = """
  text { font: 15px system-ui, sans-serif; fill: #231F1B; }
  .team { fill: #6B3F22; } .pair { stroke: #0B5C63; stroke-width: 2; fill: none; opacity: .75; }
  .note { fill: #5B534B; }
  @media (prefers-color-scheme: dark) {
    text { fill: #F3EEE7; } .team { fill: #D9A47A; } .pair { stroke: #6CCDD3; } .note { fill: #BDB4A9; }
  }
"""

Point = tuple[float, float]


def at(angle: float, radius: float) -> Point:
    """A point on a circle around the middle of the picture."""
    return SIZE / 2 + radius * math.cos(angle), SIZE / 2 + radius * math.sin(angle)


def seats() -> Iterator[tuple[str, str, float]]:
    """Everybody's id, team and angle: teams one after the other with a gap between them."""
    total = sum(TEAMS.values()) + len(TEAMS)
    place = 0
    for team, size in TEAMS.items():
        for number in range(size):
            yield f"{team}-{number:02}", team, 2 * math.pi * (place + number) / total - math.pi / 2
        place += size + 1


def curve(one: Point, other: Point) -> str:
    """A curve between two people that leans towards the middle."""
    middle = SIZE / 2
    bend = [middle + (one[axis] + other[axis] - 2 * middle) * 0.12 for axis in (0, 1)]
    return (
        f'<path class="pair" d="M{one[0]:.1f} {one[1]:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {other[0]:.1f} {other[1]:.1f}"/>'
    )


def label(team: str, angles: list[float]) -> str:
    """The name of a team outside the ring, on its own side."""
    x, y = at(sum(angles) / len(angles), LABEL)
    side = "middle" if abs(x - SIZE / 2) < 40 else "start" if x > SIZE / 2 else "end"
    return f'<text x="{x:.1f}" y="{y + 5:.1f}" text-anchor="{side}">{team}</text>'


def picture() -> str:
    """The whole SVG."""
    everyone = list(seats())
    pool = Pool(people=tuple(Person(id=person, team=team) for person, team, _ in everyone))
    found = match(pool, Policy(), SEED)
    points = {person: at(angle, RADIUS) for person, _, angle in everyone}
    pairs = [pair for group in found.groups for pair in combinations(group, 2)]
    said = found.certificate
    title = (
        f"{said.people} people of {len(TEAMS)} teams in {len(found.groups)} conversations: "
        f"{said.same_team or 'none'} inside a team, {said.left_out or 'nobody'} left out"
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{title}">',
        f"<title>{title}</title><style>{STYLE}</style>",
        *(curve(points[a], points[b]) for a, b in pairs),
        *(f'<circle class="team" cx="{x:.1f}" cy="{y:.1f}" r="6"/>' for x, y in points.values()),
        *(label(team, [angle for _, other, angle in everyone if other == team]) for team in TEAMS),
        f'<text class="note" x="{SIZE / 2}" y="{SIZE - 8}" text-anchor="middle">{title}.</text>',
        "</svg>",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(picture())
