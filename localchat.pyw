"""For a double click on Windows: LocalChat without a console behind its window. All is in localchat.py."""

import sys

import localchat

if __name__ == "__main__":
    sys.exit(localchat.main())
