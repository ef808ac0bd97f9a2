"""The byte stream under the frames: where it was cut, and what a program makes of it that does not know."""
