"""Tests of netcore/net/files."""
