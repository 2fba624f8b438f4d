"""What a library found wrong is said in our words."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from app.plain_words import plain


class Form(BaseModel):
    """One field for each kind of finding."""

    whole: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    yes: bool = True
    text: Annotated[str, Field(min_length=1, max_length=3)] = "a"
    word: Literal["a", "b"] = "a"
    names: Annotated[list[str], Field(max_length=1)] = []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("whole", "seven", "must be a whole number."),
        ("whole", 1.5, "must be a whole number."),
        ("whole", -1, "must be at least 0."),
        ("whole", 2**63, "must be at most 9223372036854775807."),
        ("share", "half", "must be a number."),
        ("share", float("nan"), "must be a number."),
        ("share", 0, "must be more than 0."),
        ("share", 1, "must be less than 1."),
        ("yes", "perhaps", "must be true or false."),
        ("text", "", "must not be empty."),
        ("text", "long", "must have at most 3 characters."),
        ("text", 1, "must be a text."),
        ("word", "c", "must be 'a' or 'b'."),
        ("names", "a", "must be a list."),
        ("names", ["a", "b"], "must have at most 1 entries."),
    ],
)
def test_a_finding_is_told_in_our_words_and_without_the_value(name: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({name: value})
    assert [plain(finding) for finding in refused.value.errors()] == [said]
