"""Measurements against other chat servers in the same run. `make bench` prints ratios, not verdicts."""
