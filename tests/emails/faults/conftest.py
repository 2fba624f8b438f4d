"""One authority for the whole folder, and the context of a server it vouches for."""

import ssl
from pathlib import Path

import pytest
import trustme

from tests.emails.faults.certificates import context_for


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    return context_for(authority.issue_cert("127.0.0.1"))
