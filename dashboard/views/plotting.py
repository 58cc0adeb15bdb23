"""Charts on the screen: the figures go to the browser as they are."""

from functools import cache
from typing import Any

import streamlit as st
from plotly.basedatatypes import BaseFigure
from plotly.graph_objects import Figure

from dashboard.charts.chart import Spec


class _AsDrawn(BaseFigure):  # type: ignore[misc]  # plotly tells no types
    """Plotly would take a figure apart, look at every value and put it together again, which takes as long as all else
    of a screen. Ours are looked at in tests/unit/test_charts.py; Streamlit takes this one at its word."""

    def __init__(self, spec: Spec) -> None:
        self._spec = {**spec, "layout": {"template": _template(), **spec["layout"]}}

    def to_dict(self) -> Spec:
        return self._spec


def draw(spec: Spec, **options: Any) -> None:
    """``st.plotly_chart``, of a figure that is valid."""
    st.plotly_chart(_AsDrawn(spec), **options)


@cache
def _template() -> Spec:
    """What Streamlit tells the colours of its theme apart by."""
    template: Spec = Figure().to_dict()["layout"]["template"]
    return template
