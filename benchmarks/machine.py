"""What a process and its children take of the machine, as Linux counts it."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from dashboard.web.process_figures import family


@dataclass(frozen=True, slots=True)
class Use:
    """Memory of a process in megabytes: all of it, its fair share of what is shared (PSS), and its own (USS)."""

    rss_mb: float
    pss_mb: float
    uss_mb: float


def memory(pid: int) -> Use:
    """What the process and its children hold now. What they share is in RSS several times, in PSS once."""
    found = [_memory(one) for one in family(pid)]
    return Use(sum(one.rss_mb for one in found), sum(one.pss_mb for one in found), sum(one.uss_mb for one in found))


def _memory(pid: int) -> Use:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return Use(kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024, own / 1024)


def cpu_seconds(pid: int) -> float:
    """Processor time that the process and its children have used since their start, to the nanosecond, threads that
    ended included; children that ended are not."""
    # The number that clock_getcpuclockid(3) gives for a process: its complement, and two bits for "scheduler's clock".
    return sum(time.clock_gettime((~one << 3) | 2) for one in family(pid))


def load() -> str:
    """How busy the machine is: the average of the last minute, and on how many processors."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
