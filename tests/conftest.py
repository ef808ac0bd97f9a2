"""For all tests: hypothesis judges what comes out, never how long it took on a busy machine."""

from hypothesis import settings

settings.register_profile("localchat", deadline=None)
settings.load_profile("localchat")
