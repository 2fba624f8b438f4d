"""A person's own page, in all states, and how they skip, pause, leave and are deleted."""

from datetime import date

from app.models import HeldFor, MailKind, Met, ParticipantState
from app.services.feedback import Answer
from tests.app.talking import Talk
from tests.gallery.stage import NEXT_DRAW, Stage

BACK = date(2026, 12, 14)


def me(stage: Stage) -> None:
    """After two rounds, with everything told."""
    stage.person("sam", "Sam Okoro", "Finance")
    stage.look("first-of-all", "/me", stage.signed_in("sam"))
    stage.person("priya", "Priya Nair", "Estates")
    talk = Talk(stage.world, stage.world.sent_round())
    talk.answer("sam", Answer(Met.YES, 5, "Estates know where the keys are."))
    stage.look("met-everybody", "/me", stage.signed_in("sam"))
    stage.colleagues(4)
    stage.world.later(days=7)
    stage.world.sent_round("2026-W49")
    stage.change(next_draw_on=date(2026, 12, 17))
    mine = stage.signed_in("sam")
    ways = {"often": "every", "format": "remote", "access": "A step-free place", "access_for": "match", "size": "2"}
    mine.post("/me/topics", **ways, interests="chess, allotments", asks="budgets", offers="spreadsheets")
    mine.post("/me/apart", email="tomasz@example.org")
    stage.look("full", "/me", mine)
    stage.press("saved", "/me/about", mine, name="Sam Okoro", team="Finance")
    stage.press("with-problems", "/me/about", mine, 422, name="", team="")
    stage.press("pause-with-problem", "/me/choices", mine, 422, action="pause", until="2020-01-01")
    stage.look("conversation", "/me/conversations/2026-W49", mine)


def states(stage: Stage) -> None:
    """How things may stand, each in a word."""
    stage.sam_and_priya()
    stage.colleagues(4)
    mine = stage.signed_in("sam")
    stage.press("skipped", "/me/choices", mine, action="skip")
    mine.post("/me/choices", action="unskip")
    stage.press("paused", "/me/choices", mine, action="pause", until=BACK.isoformat())
    stage.press("back", "/me/choices", mine, action="back")
    mine.post("/me/topics", often="asked")
    stage.look("when-asked", "/me", mine)
    stage.press("asked", "/me/choices", mine, action="in")
    stage.state("sam", ParticipantState.HELD, held_for=HeldFor.SILENCE)
    stage.look("held", "/me", mine)
    stage.state("sam", ParticipantState.PENDING, held_for=None, confirmed_at=None)
    stage.look("pending", "/me", mine)
    stage.state("sam", ParticipantState.ACTIVE, confirmed_at=stage.world.now)
    stage.change(state="paused")
    stage.look("programme-paused", "/me", mine)
    stage.change(state="closed")
    stage.look("programme-closed", "/me", mine)


def leaving(stage: Stage) -> None:
    """Out, and gone."""
    stage.sam_and_priya()
    mine, theirs = stage.signed_in("sam"), stage.signed_in("priya")
    stage.world.sent_round()
    stage.look("ask", "/me/leave", mine)
    leave = stage.visitor.link(MailKind.INTRODUCTION, "leave", "sam")
    stage.look("mailed-ask", leave)
    stage.press("left", leave, None, 200, action="leave")
    stage.look("mailed-ask-again", leave)
    stage.look("me-after", "/me", stage.signed_in("sam"))
    stage.look("erase-ask", "/me/erase", theirs)
    stage.press("erase-with-problem", "/me/erase", theirs, 422, word="no")
    stage.press("erased", "/me/erase", theirs, 200, word="delete")


def choices(stage: Stage) -> None:
    """Skip, pause or leave, behind the link of a mail that others may have read."""
    stage.sam_and_priya()
    stage.world.sent_round()
    stage.change(next_draw_on=NEXT_DRAW)
    path = stage.visitor.link(MailKind.INTRODUCTION, "choices", "sam")
    stage.look("in", path)
    stage.press("skipped", path, action="skip")
    stage.press("pause-with-problem", path, None, 422, action="pause", until="soon")
    stage.press("paused", path, action="pause", until=BACK.isoformat())
    stage.press("mailed", path, action="mail")
    stage.change(state="paused")
    stage.look("programme-paused", path)
