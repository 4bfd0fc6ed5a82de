# SPDX-License-Identifier: ISC
"""How long a test waits for what must come.

A wait for a condition ends when it holds, so only a failure waits for all of
AT_MOST: it is no guess of how fast a machine is.  MAILREEVE_PATIENCE widens
it, and the few bounds that a test is about, where everything is slower.
"""

import os

PATIENCE = float(os.environ.get("MAILREEVE_PATIENCE", "1"))
AT_MOST = 60 * PATIENCE         # seconds
