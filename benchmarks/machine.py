"""What a process takes of the machine, as Linux counts it."""

import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Use:
    """Memory of a process in megabytes: all of it, its fair share of what is shared (PSS), and its own (USS)."""

    rss_mb: float
    pss_mb: float
    uss_mb: float


def memory(pid: int) -> Use:
    """What the process holds now."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return Use(kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024, own / 1024)


def cpu_seconds(pid: int) -> float:
    """Processor time that the process has used since its start, to the nanosecond, threads that ended included."""
    # The number that clock_getcpuclockid(3) gives for a process: its complement, and two bits for "scheduler's clock".
    return time.clock_gettime((~pid << 3) | 2)


def load() -> str:
    """How busy the machine is: the average of the last minute, and on how many processors."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
