"""Fixtures of the tests of the test server itself."""
import sys

import pytest

sys.dont_write_bytecode = True

from tests.github.client import Client  # noqa: E402
from tests.github.fixture import dotcom, github  # noqa: E402

__all__ = ["dotcom", "github"]


@pytest.fixture
def people(github):
    """alice may write, tom triage, rita read; nora is nobody."""
    for login, role in (("alice", "write"), ("tom", "triage"), ("rita", "read"), ("nora", "none")):
        github.add_user(login, role)


@pytest.fixture
def alice(github, people):
    return Client(github, github.token("alice"))


@pytest.fixture
def issue(github, people):
    return github.issue("Deploy", "Please", by="alice")
