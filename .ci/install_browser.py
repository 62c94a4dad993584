"""Makes sure a Chrome or Chromium is there for the browser tests; prints which.

An installed one is used as it is; else Debian's package is installed (as root), else Playwright's own build.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def installed() -> str | None:
    """Returns the path of a browser on this machine, or None: CARE_TRANSFER_BROWSER, the usual names, Playwright's."""
    named = os.environ.get("CARE_TRANSFER_BROWSER")
    if named:
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


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
    if not installed():
        print("No Chrome or Chromium found: installing one ...")
        try:
            install()
        except subprocess.CalledProcessError as error:
            print(f"A browser could not be installed ({error}). Install Chromium and run again.", file=sys.stderr)
            return 1
    print(f"Browser: {installed()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
