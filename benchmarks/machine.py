"""What a process and those that it started take of the machine, as Linux counts it."""

import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Use:
    """Memory in megabytes: all of it, its fair share of what is shared (PSS), and its own (USS)."""

    rss_mb: float
    pss_mb: float
    uss_mb: float

    def __add__(self, other: "Use") -> "Use":
        return Use(self.rss_mb + other.rss_mb, self.pss_mb + other.pss_mb, self.uss_mb + other.uss_mb)


def memory(pid: int) -> Use:
    """What the process and its children hold now, added up."""
    return sum((_memory(one) for one in _family(pid)), Use(0, 0, 0))


def _memory(pid: int) -> Use:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return Use(kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024, own / 1024)


def cpu_seconds(pid: int) -> float:
    """Processor time that the process and its children have used since their start, threads that ended included."""
    return sum(map(_cpu_seconds, _family(pid)))


def _family(pid: int) -> list[int]:
    children = [child for task in Path(f"/proc/{pid}/task").iterdir() for child in _started_by(task)]
    return [pid, *(one for child in children for one in _family(child))]


def _started_by(thread: Path) -> list[int]:
    try:
        return [int(child) for child in (thread / "children").read_text().split()]
    except FileNotFoundError:
        # It ended since it was listed; its children, if any, belong to another thread by now.
        return []


def _cpu_seconds(pid: int) -> float:
    # The number that clock_getcpuclockid(3) gives for a process: its complement, and two bits for "scheduler's clock".
    return time.clock_gettime((~pid << 3) | 2)


def stolen_seconds() -> float:
    """Processor time that the host of this virtual machine gave to others since its start, of all processors."""
    counted = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return int(counted[8]) / os.sysconf("SC_CLK_TCK")


def load() -> str:
    """How busy the machine is: the average of the last minute, and on how many processors."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
