"""Every benchmark in turn, then the page: what a published figure comes from.

Run: python -m benchmarks.all, on a machine that does nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks import report
from benchmarks.servers import ROOT


def main() -> int:
    for name in report.ORDER:
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT)
        print(f"\n[{name}: {time.monotonic() - started:.0f} s]\n", flush=True)
        if done.returncode:
            return done.returncode
    report.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
