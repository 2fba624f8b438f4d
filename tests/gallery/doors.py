"""Programmes that do not take everybody, and what is said about all of them."""

from datetime import date

from tests.gallery.stage import NOBODY, Stage

LONG_CONDUCT = "Be good to each other.\nListen more than you speak.\n\nCome, or say so in time."


def doors(stage: Stage) -> None:
    """Why nobody, or not this person, can join."""
    stage.change(joining=False)
    stage.look("shut", "/p/demo")
    stage.change(joining=True, opens_on=date(2027, 1, 4))
    stage.look("not-yet", "/p/demo")
    stage.change(opens_on=None, capacity=1)
    stage.person("sam", "Sam Okoro", "Finance")
    stage.look("full", "/p/demo")
    stage.change(capacity=0, domains=["example.com", "example.net"])
    stage.press("other-domain", "/p/demo", None, 422, name="Sam", email="sam@example.org", team="Finance")
    stage.change(state="paused")
    stage.look("paused", "/p/demo")
    stage.change(state="closed")
    stage.look("closed", "/p/demo")


def notices(stage: Stage) -> None:
    """Conduct and privacy, with everybody named and with nobody."""
    stage.look("conduct", "/p/demo/conduct")
    stage.look("privacy", "/p/demo/privacy")
    stage.change(conduct=LONG_CONDUCT, **NOBODY)
    stage.look("conduct-of-their-own", "/p/demo/conduct")
    stage.look("privacy-with-nobody-named", "/p/demo/privacy")
    stage.change(conduct="https://example.org/conduct")
    stage.look("conduct-elsewhere", "/p/demo/conduct")
