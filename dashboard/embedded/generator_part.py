"""The local generator as a child process (the program itself is ``generator.py``, whose imports take a while)."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from dashboard.embedded.home import LOOPBACK, Home
from dashboard.embedded.probes import http_answers
from dashboard.embedded.supervisor import Part


@dataclass(frozen=True)
class GeneratorServer:
    """The generator as a child process."""

    port: int
    folder: Path
    secret: str
    delay: float = 2.0

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://{LOOPBACK}:{self.port}"

    def part(self) -> Part:
        """The server, for the supervisor."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        options = ["--port", str(self.port), "--dir", str(self.folder), "--delay", str(self.delay)]
        return Part(
            name="generator",
            command=[sys.executable, "-m", "dashboard.embedded.generator", *options],
            ready=self.answers,
            env={**os.environ, "LUMIRA_GENERATOR_SECRET": self.secret},
            cwd=Path(__file__).parents[2],
            grace=1.0,
        )

    def answers(self) -> bool:
        """Whether it serves."""
        return http_answers(self.port, "/healthz")


def home_generator(home: Home) -> GeneratorServer:
    """The generator of a demo's folder."""
    return GeneratorServer(home.port("generator"), home.root / "generator", home.secret("generator"))
