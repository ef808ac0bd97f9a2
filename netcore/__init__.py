"""The network stack of LocalChat, a floor per layer; a floor knows only the floors under it.

wire     bytes <-> frames, JSON <-> messages           (pure)
crypto   keys, key exchange, records, whispers         (pure; the only importer of Crypto)
session  the brain of one connection                   (pure: bytes in, events out)
room     members, names, moderation                    (pure)
store    what must survive a restart                   (the only importer of sqlite3)
net      sockets, the event loop, server and client
engine   the door for windows and for the command line to all that runs
before_start, options, log_file, headless   the other doors: what comes before, and a room without a window
"""
