"""What the server takes of its machine, for Prometheus: memory, processor time and files of all its processes."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from dashboard.web.counting import counts_together

_TICKS = os.sysconf("SC_CLK_TCK")
_CPU = "process_cpu_seconds"
# A start and a limit do not add up: they are those of the first process.
_OF_THE_FIRST = {"process_start_time_seconds", "process_max_fds"}


class ProcessFigures(Collector):
    """The figures that ``ProcessCollector`` has of one process, added up over the processes that serve together."""

    def describe(self) -> Iterable[Metric]:
        """Nothing is read to register."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """One value of each figure; the processor time of processes that ended stays in it, so it never falls."""
        pids = family(os.getppid()) if counts_together() else [os.getpid()]
        found = [{metric.name: metric for metric in _of(pid)} for pid in pids]
        for name, metric in found[0].items():
            if name not in _OF_THE_FIRST:
                values = [other[name].samples[0].value for other in found if name in other]
                ended = _ended_seconds(pids[0]) if name == _CPU else 0.0
                metric.samples = [metric.samples[0]._replace(value=sum(values) + ended)]
            yield metric


def family(parent: int) -> Sequence[int]:
    """The process and its children."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [parent, *map(int, children.split())]


def _of(pid: int) -> Iterable[Metric]:
    return ProcessCollector(pid=lambda: pid, registry=CollectorRegistry()).collect()


def _ended_seconds(parent: int) -> float:
    """Processor time of the children that the process has buried."""
    fields = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / _TICKS
