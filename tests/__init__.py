"""All tests, and the tools beside them: a search for rooms asks this computer only, whatever the caller's
environment says. Set here, before LocalChat is imported, and so for every process that is started from here.
"""

import os

if not os.environ.get("LOCALCHAT_DISCOVERY", "").startswith("127."):
    os.environ["LOCALCHAT_DISCOVERY"] = "127.0.0.1"
