"""What is counted about the Desk itself, for Prometheus. Names and labels say nothing about clients."""

import time
from collections.abc import Callable, Iterable, Mapping
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from dashboard.web.counting import counts_together

REGISTRY = CollectorRegistry(auto_describe=True)
REQUESTS = Counter(
    "lumira_http_requests", "HTTP requests by route and status.", ["route", "method", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "lumira_http_request_seconds",
    "Time to answer an HTTP request, by route.",
    ["route"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
SCRIPT_ERRORS = Counter("lumira_script_errors", "Screens that crashed.", registry=REGISTRY)
ROUTE_ERRORS = Counter("lumira_route_errors", "Requests that crashed.", registry=REGISTRY)
WEBSOCKETS = Gauge(
    "lumira_websocket_sessions", "Websockets that stand open.", registry=REGISTRY, multiprocess_mode="livesum"
)
SIGN_INS = Counter("lumira_sign_ins", "Attempts to sign in, by outcome.", ["outcome"], registry=REGISTRY)
CALLBACKS_REFUSED = Counter(
    "lumira_callbacks_refused", "Callbacks that had no effect, by cause.", ["cause"], registry=REGISTRY
)
STRIPE_EVENTS = Counter(
    "lumira_stripe_events", "Stripe's events, by what became of them.", ["outcome"], registry=REGISTRY
)

Counts = Mapping[str, Mapping[str, int]]
"""Counts by gauge name and label value: ``{"orders": {"PAID": 3}, "deliveries": {"WAITING": 1}}``."""


def written() -> bytes:
    """All that was counted, by every process that serves, those that ended included."""
    if counts_together():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(REGISTRY)


class DatabaseGauges(Collector):
    """Queue and deliveries as the database has them, asked at most every fifteen seconds."""

    TTL = 15.0

    def __init__(self, read: Callable[[], Counts]) -> None:
        self._read = read
        self._lock = Lock()
        self._known: Counts = {}
        self._until = 0.0

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing is read to register."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauges of ``queue`` by status and ``deliveries`` by state."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._known = self._read()
                self._until = time.monotonic() + self.TTL
            known = self._known
        yield _family("lumira_queue_orders", "Orders waiting in the queue.", "status", known.get("orders", {}))
        yield _family("lumira_deliveries", "Deliveries not over yet.", "state", known.get("deliveries", {}))


def _family(name: str, text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
