"""What the screens read about payments."""

from collections.abc import Sequence

import streamlit as st

from dashboard.context import database
from lumira_db.queries import order_payments
from lumira_db.queries.payment_rows import PaymentRow


def payments(order_ids: Sequence[str]) -> tuple[PaymentRow, ...]:
    with database().reading() as session:
        return order_payments.list_payments(session, order_ids)


def pulse(order_id: str) -> tuple[str, ...]:
    with database().reading() as session:
        return order_payments.money_pulse(session, order_id)


@st.cache_data(ttl=60, max_entries=10, show_spinner=False)
def price(level: int) -> tuple[int, str] | None:
    with database().reading() as session:
        return order_payments.find_price(session, level)
