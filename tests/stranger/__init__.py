"""LocalChat/1 a second time, written from netcore/PROTOCOL.md alone: a peer that can also break the rules."""
