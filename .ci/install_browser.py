"""Makes sure a Chrome or Chromium is there for the browser tests; prints which.

An installed one is used as it is; else Debian's package is installed (as root), else Playwright's own build.
"""

import os
import shutil
import subprocess
import sys

from dashboards.faces.browser import NoBrowserError, installed_browser


def install() -> None:
    """Installs Debian's package where this user may, else Playwright's build.

    Raises:
        CalledProcessError: neither could be installed.
    """
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
        if subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, **quiet).returncode == 0:
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def main() -> int:
    """Finds or installs; exit code 1 with what to do when neither works."""
    try:
        found = installed_browser()
    except NoBrowserError as missing:
        print(f"{missing}: installing one ...")
        try:
            install()
            found = installed_browser()
        except (subprocess.CalledProcessError, NoBrowserError) as error:
            print(f"A browser could not be installed ({error}). Install Chromium and run again.", file=sys.stderr)
            return 1
    print(f"Browser: {found}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
