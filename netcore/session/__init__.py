"""The brain of one connection: bytes in, events out. No socket, clock or thread."""
