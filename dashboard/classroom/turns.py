"""One small write at a time, in the order of asking.

SQLite lets one connection write and has the others look again and again, after pauses that grow: of
fifty trainees who type at once, some would wait seconds. A lock of this process hands the turn on
at once.
"""

from __future__ import annotations

import threading

writing = threading.Lock()
