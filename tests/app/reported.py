"""Reports on quarters as they were written down, for who looks at them."""

from datetime import date

from app.models import QuarterReport
from app.queries import programmes as programme_queries
from app.queries.reports import Figures, OfRound
from app.services import sponsors
from tests.factories import World

THREE_ROUNDS = Figures(
    rounds=3,
    people=55,
    introductions=135,
    answered=75,
    met=60,
    each=(
        OfRound(4, "2026-W28", date(2026, 7, 6), 40, 20, 15),
        OfRound(5, "2026-W33", date(2026, 8, 10), 45, 25, 20),
        OfRound(6, "2026-W37", date(2026, 9, 7), 50, 30, 25),
    ),
)
OF_FEW = Figures(1, 0, 0, 0, 0, (OfRound(3, "2026-W20", date(2026, 5, 11), 0, 0, 0),))


def reported(
    world: World, quarter: str = "2026-Q3", figures: Figures = THREE_ROUNDS, to: str = "grace@example.org"
) -> dict[str, str]:
    """One more, mailed to that address, or to nobody; returns the ids of its links."""
    with world.database.writing() as session:
        programme = programme_queries.programme(session, world.slug)
        row = QuarterReport(
            organisation_id=programme.organisation_id,
            programme_id=programme.id,
            quarter=quarter,
            figures=figures.as_json(),
            created_at=world.now,
        )
        links = sponsors.hand_over(row, to, world.secret) if to else {}
        session.add(row)
    return links
