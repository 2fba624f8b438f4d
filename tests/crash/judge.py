"""The judge: what the mail server's journal and the rows say at the end of a story, whatever the service believes.

lost        an introduction that was planned, that the server never got, and that nobody is told about
repeated    a mail that the server took twice
changed     a group that is not the one first written down, or a mail that names other people
held        mails in doubt: right when their sender died between the dot mark and the answer, wrong otherwise
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import getaddresses

from sqlmodel import Session, col, select

from app.models import OF_A_ROUND, MailState, OutgoingMail, Participant, Placement, Round, RoundState
from tests.crash.mail_server import NOBODY
from tests.rig.smtp import Delivery

Groups = dict[str, frozenset[str]]
"""Groups by their ids: the addresses of their people."""


@dataclass
class Verdict:
    """What was found, in words; the first three and the last must be empty."""

    lost: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    held_wrong: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Everything that must not be."""
        named = {
            "lost": self.lost, "repeated": self.repeated, "changed": self.changed, "held wrongly": self.held_wrong,
        }  # fmt: skip
        return [f"{name}: {words}" for name, found in named.items() for words in found]


def groups_of(session: Session) -> Groups:
    """The groups of all rounds as they are written down now."""
    members: dict[str, set[str]] = {}
    for group_id, address in session.exec(
        select(Placement.group_id, Participant.email)
        .join(Participant, col(Participant.id) == Placement.participant_id)
        .where(col(Placement.group_id).is_not(None))
    ):
        members.setdefault(group_id or "", set()).add(address)
    return {group_id: frozenset(people) for group_id, people in members.items()}


def judge(
    session: Session, journal: list[Delivery], *, first: Groups, gone: Iterable[str], dotted: set[str], listed: set[str]
) -> Verdict:
    """Judge a story that has ended.

    `first` are the groups as first committed, `gone` the addresses of those who left or were erased meanwhile, `dotted`
    the ids of mails past their dot mark when a process died, `listed` those that the API shows as held.
    """
    verdict = Verdict()
    rows = list(session.exec(select(OutgoingMail)))
    _repeats(verdict, journal)
    _losses(verdict, rows, journal)
    _everybody_told(verdict, session, rows)
    _changes(verdict, groups_of(session), journal, first, frozenset(gone))
    _doubts(verdict, rows, dotted, listed)
    return verdict


def _repeats(verdict: Verdict, journal: list[Delivery]) -> None:
    seen = Counter((mail.recipient, mail.message["Message-ID"]) for mail in journal)
    verdict.repeated += [f"{who} got {name} {times} times" for (who, name), times in seen.items() if times > 1]
    about = Counter((mail.recipient, str(mail.message["Subject"])) for mail in journal if len(_named(mail)) > 1)
    verdict.repeated += [
        f"{who} was introduced {times} times: {subject}" for (who, subject), times in about.items() if times > 1
    ]


def _losses(verdict: Verdict, rows: list[OutgoingMail], journal: list[Delivery]) -> None:
    """More mails sent by the rows than by the server's book; or some still on their way when all should be over."""
    got = {(mail.recipient, mail.message["Message-ID"]) for mail in journal}
    taken = Counter(recipient for recipient, _ in got)
    sent = Counter(row.recipient for row in rows if row.state == MailState.SENT)
    verdict.lost += [
        f"{number} mails to {who} are called sent, the server has {taken[who]}"
        for who, number in sent.items()
        if number > taken[who]
    ]
    for row in rows:
        refused = row.state == MailState.REJECTED and row.recipient != NOBODY
        if refused or row.state in (MailState.READY, MailState.SENDING, MailState.DOT, MailState.EXPIRED):
            verdict.lost.append(f"{row.kind} to {row.recipient} is {row.state}: {row.answer}")


def _everybody_told(verdict: Verdict, session: Session, rows: list[OutgoingMail]) -> None:
    """Whoever stands in a round that was sent has a mail of that round, whatever became of it."""
    told = {(row.round_id, row.participant_id) for row in rows if row.kind in OF_A_ROUND}
    placed = session.exec(
        select(Placement.round_id, Placement.participant_id)
        .join(Round, col(Round.id) == Placement.round_id)
        .where(col(Round.state).in_((RoundState.SENDING, RoundState.INTRODUCED)))
    )
    verdict.lost += [f"{person} stands in {round_id} and was told nothing" for round_id, person in set(placed) - told]


def _changes(verdict: Verdict, last: Groups, journal: list[Delivery], first: Groups, gone: frozenset[str]) -> None:
    """Groups stay as they were; only who is gone may be missing, and with them whoever then had nobody to meet."""
    for group_id, people in last.items():
        before = first.get(group_id)
        if before is None:
            verdict.changed.append(f"{group_id} was not there at first: {sorted(people)}")
        elif people != before and people != before - gone:
            verdict.changed.append(f"{group_id} was {sorted(before)} and is {sorted(people)}")
    for group_id, people in first.items():
        if group_id not in last and len(people - gone) > 1:
            verdict.changed.append(f"{group_id} is gone: {sorted(people)}")
    true = {people for group in first.values() for people in (group, group - gone)}
    verdict.changed += [
        f"{mail.recipient} was introduced to {sorted(_named(mail))}"
        for mail in journal
        if len(_named(mail)) > 1 and (_named(mail) not in true or mail.recipient not in _named(mail))
    ]


def _doubts(verdict: Verdict, rows: list[OutgoingMail], dotted: set[str], listed: set[str]) -> None:
    """In doubt is what was past its dot mark when its sender died, nothing else; and who decides is shown it."""
    doubtful = {row.id for row in rows if row.state == MailState.UNCERTAIN}
    verdict.held += sorted(doubtful & dotted)
    verdict.held_wrong += [f"{name} is in doubt without a reason" for name in doubtful - dotted]
    there = {row.id: row for row in rows}
    verdict.held_wrong += [
        f"{name} was cut off after its dot and is {there[name].state}" for name in (dotted & there.keys()) - doubtful
    ]
    to_show = {name for name in doubtful if there[name].kind in OF_A_ROUND}
    verdict.held_wrong += [f"{name} is held, and nobody is shown it" for name in to_show - listed]
    verdict.held_wrong += [f"{name} is shown as held, and is not" for name in listed - to_show]


def _named(mail: Delivery) -> frozenset[str]:
    """The people a mail names in To: one's own address alone, but for introductions."""
    return frozenset(address for _, address in getaddresses(mail.message.get_all("To", [])))
