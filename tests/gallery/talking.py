"""The page of a conversation, from the introduction to its end."""

from app.models import MailKind
from tests.app.talking import Talk, talk_of
from tests.gallery.stage import Stage

OWN = "/me/conversations/2026-W48"


def conversation(stage: Stage) -> None:
    """What the buttons do, one after the other."""
    stage.sam_and_priya()
    stage.world.sent_round()
    path = stage.visitor.link(MailKind.INTRODUCTION, "conversation", "sam")
    stage.look("introduced", path)
    stage.press("too-early", path, action="seek")
    stage.press("with-problem", path, None, 422, action="arranged", on="2020-01-01")
    stage.press("arranged", path, action="arranged", on="2026-12-02")
    stage.visitor.post(path, action="not-arranged")
    stage.world.later(days=3)
    stage.look("no-answer", path)
    stage.press("looking", path, action="seek")
    stage.press("found-each-other", path, action="stay")
    stage.press("cannot", path, action="cannot")
    stage.look("alone", stage.visitor.link(MailKind.INTRODUCTION, "conversation", "priya"))
    mine = stage.signed_in("sam")
    stage.press("can-after-all", OWN, mine, action="can")
    mine.post(f"{OWN}/said", action="yes")
    stage.look("met", OWN, mine)


def odd(stage: Stage) -> None:
    """Three people, one who cannot, a round that is over."""
    talk_of(stage.world, "ann", "bob", "cyd")
    path = stage.visitor.link(MailKind.INTRODUCTION, "conversation", "ann")
    stage.look("three", path)
    stage.visitor.post(stage.visitor.link(MailKind.INTRODUCTION, "conversation", "cyd"), action="cannot")
    stage.look("two-left", path)
    stage.change(state="paused")
    stage.look("programme-paused", path)
    stage.change(state="open")
    talk = Talk(stage.world, stage.world.round(stage.world.mails(MailKind.INTRODUCTION)[0].round_id or ""))
    talk.close()
    stage.look("over", path)
