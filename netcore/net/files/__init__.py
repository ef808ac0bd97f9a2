"""The two ends of a file that is shared, on the disks of those who send and get it: alike at a client and the
host."""
