"""The people of the demo: invented, from many places, with things to ask and to offer; always the same."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.imports import Sources

SEED = 2048
COLUMNS = ("email", "name", "team", "location", "interests", "asks", "offers")
SPELT = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "ß": "ss", "æ": "ae", "đ": "d", "Đ": "D"})

NAMES = """
Amara Okafor, Zofia Wójcik, Mateus Ribeiro, Ingrid Solberg, Hiroshi Tanaka, Priya Raghunathan, Tomás Herrera, Aoife
Brennan, Yusuf Demirci, Chloé Lefèvre, Kwame Mensah, Linh Nguyễn, Björn Eklund, Fatima El Amrani, Oleksandr
Kovalenko, Maja Novak, Samuel Adeyemi, Giulia Ferraro, Wei Ling Tan, Niamh Gallagher, Rashid Al-Farsi, Katarína
Horváthová, Diego Castillo, Noor van Dijk, Anjali Deshpande, Emeka Nwosu, Sigrún Jónsdóttir, Pavel Dvořák, Leilani
Kealoha, Jakob Østergaard, Mariam Haidari, Santiago Quispe, Hannah Weiss, Tariq Mahmood, Beatriz Almeida, Minh Châu
Phạm, Callum Fraser, Ayşe Yıldırım, Ji-woo Park, Rosa Jiménez, Dimitris Papadakis, Thandiwe Nkosi, Eero Virtanen,
Shirin Rostami, Luca Moretti, Gwen Pritchard, Bogdan Ionescu, Nadia Haddad, Arjun Mehta, Elif Kaya, Marguerite
Dubois, Tendai Moyo, Astrid Lindqvist, Ravi Jayasuriya, Ewa Łukasik, Malia Tuilagi, Oscar Fernández, Keira
Donnelly, Abebe Tesfaye, Mei Chen, Grace Wanjiru
"""

TEAMS: dict[str, tuple[str, ...]] = {
    "Engineering": ("reviewing code kindly", "Python", "automating a boring task", "reading a stack trace"),
    "Design": ("sketching an idea", "choosing colours", "testing with five people", "clear slides"),
    "Finance": ("reading a budget", "spreadsheets", "a business case", "forecasting"),
    "People and Culture": ("difficult conversations", "interviewing", "mentoring", "coming back from leave"),
    "Research": ("statistics", "writing a paper", "finding good sources", "asking better questions"),
    "Customer Care": ("calming an angry caller", "plain writing", "listening", "languages at work"),
    "Operations": ("running a short meeting", "checklists", "negotiating with suppliers", "planning a move"),
    "Communications": ("public speaking", "telling a story", "talking to journalists", "editing"),
}
PLACES = ("Dublin", "Leeds", "Lisbon", "Remote")
INTERESTS = (
    *("climbing", "choir", "sourdough", "board games", "birds", "cycling", "chess", "allotments", "film", "languages"),
    *(
        "running",
        "jazz",
        "pottery",
        "science fiction",
        "cricket",
        "dogs",
        "cooking",
        "hiking",
        "photography",
        "knitting",
    ),
)


def sources() -> Sources:
    """People and two past rounds, as an organiser would bring them along."""
    from app.files.cells import csv_text
    from app.files.table import read_table
    from app.services.imports import Sources

    people = list(_people())
    history = csv_text(("round", "a", "b"), _history(people))
    return Sources(
        people=read_table(csv_text(COLUMNS, people).encode(), "people.csv"),
        history=read_table(history.encode(), "history.csv"),
    )


def _people() -> Iterator[tuple[str, ...]]:
    lot = random.Random(SEED)
    names = [name.strip() for name in NAMES.replace("\n", " ").split(",")]
    everything = [skill for skills in TEAMS.values() for skill in skills]
    for place, name in enumerate(names):
        team = list(TEAMS)[place % len(TEAMS)]
        others = [skill for skill in everything if skill not in TEAMS[team]]
        yield (
            f"{_local_part(name)}@example.org",
            name,
            team,
            lot.choice(PLACES),
            "; ".join(lot.sample(INTERESTS, lot.randint(1, 3))),
            "; ".join(lot.sample(others, lot.randint(1, 3))),
            "; ".join(lot.sample(TEAMS[team], lot.randint(1, 2))),
        )


def _local_part(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(SPELT)).encode("ascii", "ignore").decode()
    return ".".join(plain.casefold().replace("-", "").split())


def _history(people: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Two rounds before today, drawn as any round is: nobody met the same person twice."""
    from matching import Met, Person, Policy, Pool, match

    pool = tuple(Person(email, team=team) for email, _, team, *_ in people)
    met: list[Met] = []
    for number in (1, 2):
        drawn = match(Pool(pool, tuple(met)), Policy(), SEED + number)
        met += [Met(number, a, b) for group in drawn.groups for a, b in combinations(group, 2)]
    return [(str(one.round), one.a, one.b) for one in met]
