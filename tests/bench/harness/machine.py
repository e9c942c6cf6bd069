"""Where and when a run took place: its figures mean nothing elsewhere."""

import os
import platform
import subprocess
import time
from datetime import datetime, timezone

from harness.workplace import ROOT


def cpu_model():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines
                     if line.startswith("model name")), platform.machine())


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def distribution():
    return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")


def file_system(folder):
    done = subprocess.run(["df", "--output=fstype", folder], capture_output=True, text=True)
    return (done.stdout.split() or ["unknown file system"])[-1]


def syncs_per_second(folder, seconds):
    """fdatasync(2) of a 4 KiB append: what a commit costs at least."""
    path = folder / "sync"
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    begin = time.monotonic()
    count = 0
    while time.monotonic() - begin < seconds:
        os.write(file, b"\0" * 4096)
        os.fdatasync(file)
        count += 1
    os.close(file)
    path.unlink()
    return count / seconds


def commit():
    def git(*arguments):
        return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True,
                              text=True).stdout.strip()
    head = git("rev-parse", "--short=12", "HEAD") or "unknown"
    return head + (" with local changes" if git("status", "--porcelain", "src", "store") else "")


def facts(place, scale):
    syncs = syncs_per_second(place.folder, 0.1 if scale.rounds == 1 else 1)
    return {
        "machine": f"{os.cpu_count()} × {cpu_model()}, {memory_gib():.0f} GiB, {distribution()}, "
                   f"Linux {platform.release()}, {file_system(place.folder)}, "
                   f"{syncs:,.0f} fdatasync/s",
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "rounds": f"{scale.rounds}; load average {os.getloadavg()[0]:.2f} before the first",
    }
