"""The sandbox: a whole room on this computer, with somebody on the way, for one learner alone.

`sandbox` runs it, `room` is what all rooms are, `today` and `old` the rooms, `gathering` brings all that was
seen into one order, `orders` is what the laboratory can be told to do.
"""
