"""Files: the room log, a client's store, keys, known servers, settings. The only floor with SQLite."""
