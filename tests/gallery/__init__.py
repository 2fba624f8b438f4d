"""Every page that somebody can come to, and every mail, in the states that matter: for pictures and for axe.

A scene plays in a small world of its own and keeps what it sees. `shown` plays them all; `everything` adds the mails. A
new page belongs into a scene: `tests/test_axe.py` names each template that no scene has shown.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.gallery import afterwards, demo, doors, joining, me, organiser, people, reference, reports, talking, wrong
from tests.gallery.mails import mails
from tests.gallery.stage import Sight, Stage, staged

__all__ = ["MAILS", "SCENES", "Sight", "everything", "sights_of"]

MAILS = "mails"
SCENES: Mapping[str, Callable[[Stage], None]] = {
    "joining": joining.joining,
    "topics": joining.topics,
    "doors": doors.doors,
    "notices": doors.notices,
    "me": me.me,
    "me-states": me.states,
    "me-leaving": me.leaving,
    "choices": me.choices,
    "conversation": talking.conversation,
    "conversation-odd": talking.odd,
    "met": afterwards.met,
    "outcome": afterwards.outcome,
    "log": afterwards.log,
    "still-in": afterwards.still_in,
    "someone-new": afterwards.someone_new,
    "concern": wrong.concern,
    "errors": wrong.errors,
    "demo": demo.demo,
    "demo-empty": demo.empty,
    "organiser-door": organiser.door,
    "organiser-own": organiser.own,
    "organiser": organiser.organiser,
    "rounds": organiser.rounds,
    "setting-up": organiser.setting_up,
    "people": people.people,
    "adding": people.adding,
    "reports": reports.reports,
    "reference": reference.reference,
}


def sights_of(scene: str, template: Path, folder: Path) -> list[Sight]:
    """What a scene shows, played in a database copied from the template into the folder. `mails` is a scene too."""
    if scene == MAILS:
        return mails()
    with staged(scene, template, folder) as stage:
        SCENES[scene](stage)
        return stage.sights


def everything(template: Path, folder: Path) -> list[Sight]:
    """All there is to see."""
    seen = []
    for scene in (*SCENES, MAILS):
        place = folder / scene
        place.mkdir(parents=True)
        seen += sights_of(scene, template, place)
    names = [sight.name for sight in seen]
    assert len(set(names)) == len(names), "two sights of one name"
    return seen
