"""Tests of netcore/room."""
