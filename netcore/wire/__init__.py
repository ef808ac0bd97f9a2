"""Bytes to frames and frames to messages. Pure: no keys, no sockets, no clock."""
