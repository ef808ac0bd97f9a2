"""For all tests: hypothesis judges what comes out, never how long it took on a busy machine; a search for
rooms asks this computer only; and the marks by which `.ci/run` knows what to repeat."""

import os

import pytest
from hypothesis import settings

from tests.marks import put_marks

# Before LocalChat is imported, and for every process that a test starts.
os.environ.setdefault("LOCALCHAT_DISCOVERY", "127.0.0.1")

settings.register_profile("localchat", deadline=None)
settings.load_profile("localchat")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    put_marks(items)
