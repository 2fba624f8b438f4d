"""What an enhanced status code (RFC 3463, and the registry of RFC 5248) means for the next mail to the same address.

    2.x.x                                  it arrived
    4.x.x                                  soft: not this time
    5.1.1 5.1.2 5.1.3 5.1.4 5.1.6 5.1.10   hard: no such mailbox or system, or it takes no mail at all (RFC 7505)
    5.1.7 5.1.8 5.1.9                      soft: the sender or the way is meant
    5.2.2 5.2.3 5.2.4 5.3.x                soft: full, too large, or the system is in trouble
    5.4.x                                  soft: no way there, or a domain lapsed for a day, and with it every address
    5.5.x 5.6.x 5.7.x                      soft: the conversation, the content or a policy did not please
    5.x.0 5.2.1, or no code                the words decide: hard only where they say plainly that nobody is there

Words can also make a hard code soft, where they speak of quotas or spam and not of a person who is not there. Nothing
but an unmistakable answer is hard: a soft one that comes again on another day does the same, while a hard one that was
wrong takes somebody out without their knowing (research on reliability, I13).
"""

import re

from emails.inbound.report import Kind

HARD = frozenset({"1.1", "1.2", "1.3", "1.4", "1.6", "1.10"})
AMBIGUOUS = frozenset({"0.0", "1.0", "2.0", "2.1", "3.0", "5.0"})

CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
REPLY = re.compile(r"(?<![\d.])([45])\d\d[ -]")

NOBODY = re.compile(
    "|".join(
        (
            r"\b(?:user|recipient|mailbox|account|addressee|address)(?: \S{1,80})?(?: address)? (?:is )?"
            r"(?:unknown|not found|not known|does ?n[o']t exist|has been (?:disabled|deleted|closed)|not a known user)",
            r"unknown (?:user|recipient|mailbox|local.?part|address|account)",
            r"no such (?:user|recipient|mailbox|address|account|person)",
            r"does ?n[o']t exist|does not exist|recipientnotfound|nosuchuser|unroutable address|not listed in",
            r"invalid (?:recipient|mailbox|user)|no mailbox (?:here )?by that name",
            r"mailbox (?:unavailable|not found|disabled)|does ?n[o']t have an? \S{1,40} account",
            r"account (?:is )?(?:disabled|inactive|deactivated|closed)|to reach is (?:disabled|inactive)",
            r"no longer (?:works|employed|available|in use|valid)",
            r"niet bekend|unbekannter? (?:empf|benutzer)|utilisateur inconnu",
        )
    ),
    re.IGNORECASE,
)
"""Words by which servers say that nobody is there."""

PASSING = re.compile(
    "|".join(
        (
            r"\bquota\b|over ?quota|\bfull\b|storage|\brate\b|too (?:many|quickly|fast|large|big)",
            r"\bspam|unsolicited|\bpolic(?:y|ies)\b|\bblock(?:ed|list)|blacklist|reputation|virus|\bcontent\b",
            r"\bsender\b|try (?:again|later)|temporar|gr[ae]ylist|\bdmarc\b|\bspf\b|\bdkim\b|access denied|relay",
        )
    ),
    re.IGNORECASE,
)
"""Words by which they say that it was this mail, this moment, or us."""


def judge(status: str, words: str) -> tuple[Kind, str]:
    """What a failure means, and the code that said so. In: the status as reported (may be empty), the server's words.

    A code in the words is taken where the reported one says nothing (x.0.0).
    """
    code = _exact(status, words)
    kind, _, detail = code.partition(".")
    nobody, passing = NOBODY.search(words), PASSING.search(words)
    if kind != "5":
        return "soft", code
    if detail in HARD:
        return ("soft" if passing and not nobody else "hard"), code
    if detail in AMBIGUOUS:
        return ("hard" if nobody and not passing else "soft"), code
    return "soft", code


def _exact(status: str, words: str) -> str:
    """The code that tells most: the reported one, else one from the words, else the class of a reply such as 550."""
    reported, said = CODE.search(status), CODE.search(words)
    if reported and (reported[0][2:] != "0.0" or not said):
        return reported[0]
    if said:
        return said[0]
    reply = REPLY.search(words)
    return f"{reply[1]}.0.0" if reply else "5.0.0"
