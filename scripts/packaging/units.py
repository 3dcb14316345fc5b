"""The units of systemd that come with the packages."""

import shutil
import subprocess
import sys

# systemd's measure of what a unit may still do, times ten.
LIMIT = 15


def check(directory):
    """Every service is closed enough; nothing is said where there is no systemd."""
    if not shutil.which("systemd-analyze"):
        print("units: not looked at, there is no systemd-analyze here")
        return
    for unit in sorted(directory.glob("*.service")):
        done = subprocess.run(["systemd-analyze", "security", "--offline=true",
                               f"--threshold={LIMIT}", unit], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{unit.name}: too open for systemd-analyze security\n"
                     f"{done.stdout[-400:]}{done.stderr}")
