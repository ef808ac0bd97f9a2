"""Sockets: the event loop, the server and the client that live on it."""
