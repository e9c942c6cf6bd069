"""The pytest fixtures `github` and `dotcom`: from tests.github.fixture import github  # noqa: F401"""
import pytest

from .github import GitHub


def _served(enterprise):
    server = GitHub(enterprise)
    try:
        yield server
        server.check()
    finally:
        server.close()


@pytest.fixture
def github():
    """An enterprise server; a violation of GitHub's descriptions fails the test at its end."""
    yield from _served(enterprise=True)


@pytest.fixture
def dotcom():
    """The same in the layout and with the limits of api.github.com."""
    yield from _served(enterprise=False)
