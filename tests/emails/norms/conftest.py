"""The corpus as a fixture. `letters` runs each test once a kind; `--long` adds every name with every address."""

import pytest

from tests.emails.norms import corpus
from tests.emails.norms.corpus import Letter
from tests.emails.samples import KINDS

_ONCE = [pytest.param((kind, False), id=kind) for kind in KINDS]
_WHOLE = [pytest.param((kind, True), id=f"{kind}-whole", marks=pytest.mark.long) for kind in KINDS]


@pytest.fixture(scope="session", params=[*_ONCE, *_WHOLE])
def letters(request: pytest.FixtureRequest) -> list[Letter]:
    """Mails of one kind. Of session scope, so that pytest runs all norms on one kind before it makes the next."""
    kind, whole = request.param
    return list(corpus.letters(kind, whole=whole))
