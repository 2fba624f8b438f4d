"""Organisers' own words in the introductions of one round: looked at, and changed before it is approved."""

from typing import Annotated, ClassVar

from fastapi import Response
from pydantic import ConfigDict, Field
from sqlmodel import Session

from app.api.answers import Answer
from app.api.deps import Caller, round_by_id
from app.api.etags import Seen
from app.api.route import needs, router
from app.api.schemas import Change
from app.api.values import OwnSubject, OwnWords
from app.doors import Moment, Reading, Writing
from app.models import Programme, Round, RoundState, Scope
from app.queries import changes as queries
from app.services import own_words as services
from app.workflows.adjusting import require_seen
from emails import PLACEHOLDERS

routes = router("rounds")

ROUND_WORDS = "Empty for ours; null takes the programme's."


class WordsChange(Change):
    """What is left out stays as it is."""

    intro_opening: OwnWords | None = Field(None, description=ROUND_WORDS)
    intro_closing: OwnWords | None = Field(None, description=ROUND_WORDS)
    intro_subject: OwnSubject | None = Field(None, description=ROUND_WORDS)

    nullable: ClassVar[frozenset[str]] = frozenset(services.OWN_WORDS)
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"intro_opening": "Hello {name}, this month is about moving house."}]}
    )


class WordsAnswer(Answer):
    """Own words in introductions, empty for ours."""

    intro_opening: str
    intro_closing: str
    intro_subject: str


class RoundWords(WordsAnswer):
    """Those of a round; one that is not drawn yet has those of its programme."""

    round: str
    state: RoundState
    fingerprint: str
    programme: Annotated[WordsAnswer, Field(description="Those of the programme, as they are now.")]
    placeholders: Annotated[dict[str, str], Field(description="What each stands for, written in braces.")]


@routes.get("/rounds/{round_id}/words")
@needs(Scope.READ, etag=True)
def get_words(round_id: str, session: Reading, caller: Caller, response: Response) -> RoundWords:
    """The organisers' own words in the introductions of a round. The `ETag` is that of its groups."""
    return _tagged(response, shown(session, *round_by_id(session, caller, round_id)))


@routes.patch("/rounds/{round_id}/words")
@needs(Scope.WRITE, if_match=True)
def change_words(
    round_id: str, body: WordsChange, session: Writing, caller: Caller, now: Moment, seen: Seen, response: Response
) -> RoundWords:
    """Change them for this round alone, before it is approved; with the approval they are frozen."""
    programme, round_ = round_by_id(session, caller, round_id, lock=True)
    require_seen(session, round_, seen)
    given = body.model_dump(exclude_unset=True)
    services.change(session, programme, round_, given, now=now, actor=caller.actor)
    session.flush()
    return _tagged(response, shown(session, programme, round_))


def shown(session: Session, programme: Programme, round_: Round) -> RoundWords:
    """The words of a round, as programs read them."""
    theirs = services.of(programme)
    mine = theirs if round_.state == RoundState.DRAFT else services.of(round_)
    return RoundWords(
        round=round_.id,
        state=round_.state,
        fingerprint=queries.fingerprint(session, round_),
        **mine._asdict(),
        programme=WordsAnswer(**theirs._asdict()),
        placeholders={name: str(words) for name, words in PLACEHOLDERS.items()},
    )


def _tagged(response: Response, answer: RoundWords) -> RoundWords:
    response.headers["ETag"] = f'"{answer.fingerprint}"'
    return answer
