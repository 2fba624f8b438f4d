"""Kinds of conversation: each has all its words, and pages and mails take them from it."""

import pytest

import emails
from emails import COFFEE, KINDS, Kind


def test_coffee_is_half_an_hour_with_ten_minutes_for_each_of_two() -> None:
    shape = COFFEE.shape
    assert (shape.minutes, shape.hello, shape.each(2), shape.next) == (30, 5, 10, 5)
    assert shape.each(3) == 6


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_kind_has_three_levels_and_one_prompt_of_each_for_the_mail(kind: Kind) -> None:
    assert len(kind.levels) == 3
    assert kind.prompts == tuple(level.prompts[0] for level in kind.levels)
    said = [prompt for level in kind.levels for prompt in level.prompts]
    assert len(set(said)) == len(said) >= 9
    assert [prompt for prompt in said if "!" in prompt or not prompt.endswith("?")] == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_kind_has_every_question(kind: Kind) -> None:
    questions = kind.questions
    assert all((questions.worth, questions.known, questions.helped, questions.learnt, questions.will_try))
    assert len(set(questions.worth_words)) == 5
    assert sum((kind.shape.hello, kind.shape.next)) < kind.shape.minutes


def test_the_mail_begins_with_the_prompts_of_the_kind() -> None:
    assert COFFEE.prompts == emails.PROMPTS
    assert KINDS[COFFEE.name] is COFFEE


@pytest.mark.parametrize(
    ("looking", "subject"), [(False, "Your conversation with Alex is off"), (True, "A change of plan with Alex")]
)
def test_whoever_is_left_is_told_kindly_and_without_a_reason(looking: bool, subject: str) -> None:
    from tests.emails.samples import frame

    sam, alex = emails.Member("Sam", "sam@example.org"), emails.Member("Alex", "alex@example.org")
    facts = emails.CalledOff(sam, alex, "2026-W48", looking, someone_new_url="https://coffee.example.org/m/new")
    message = emails.called_off(frame(), facts)
    assert message.subject == subject
    assert "It is nobody's fault" in message.text
    for secret in ("reply", "replied", "answer", "alex@example.org"):
        assert secret not in message.text
