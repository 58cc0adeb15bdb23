"""What the tables of the database are called on screen."""

from collections.abc import Mapping

from dashboard.locale import _
from lumira_db.i18n_marker import N_

TABLES: Mapping[str, str] = {
    "public.User": N_("Identity"),
    "public.UserProfile": N_("Profile"),
    "public.Order": N_("Orders and readings"),
    "public.ProductOrder": N_("Purchases of products"),
    "public.OrderFile": N_("Photos"),
    "public.SpiritualPath": N_("Path"),
    "public.PathStep": N_("Days of the path"),
    "public.Insight": N_("Insights"),
    "public.AkashicRecord": N_("Akashic record"),
    "public.ChatSession": N_("Chats"),
    "public.ProcessedEvent": N_("Notices of payments"),
    "desk.reading_version": N_("Versions of readings"),
    "desk.draft": N_("Drafts of readings"),
    "desk.claim": N_("Claims on orders"),
    "desk.delivery": N_("Deliveries"),
    "desk.generation": N_("Requests to the generator"),
    "desk.note_version": N_("History of the notes"),
    "desk.note_draft": N_("Drafts of notes"),
    "desk.client_access": N_("Who looked at the client"),
    "desk.client_reveal": N_("What was revealed"),
    "desk.bulk_change": N_("Changes made in bulk"),
    "desk.not_same_client": N_("Told apart from other clients"),
    "desk.task": N_("Long tasks"),
    "desk.saved_view": N_("Saved views"),
    "desk.procrastinate_jobs": N_("Waiting work"),
    "desk.audit": N_("What the audit quotes"),
    "desk.client_likeness": N_("What they share with other clients"),
    "desk.client_summary": N_("Entry in the list of clients"),
    "desk.stripe_event": N_("Stripe's events"),
    "desk.payment": N_("Payments"),
    "desk.payment_attempt": N_("Attempts to pay"),
    "desk.refund": N_("Refunds"),
    "desk.dispute": N_("Disputes"),
    "desk.refund_request": N_("Refunds that were asked for"),
    "desk.refund_notice": N_("Messages about refunds"),
    "desk.payment_word": N_("Stripe's answers about payments"),
    "desk.stripe_mirror": N_("Copies of Stripe's records"),
    "desk.finding": N_("Differences from Stripe"),
    "desk.order_fact": N_("Orders, in the figures"),
    "desk.refund_fact": N_("Refunds, in the figures"),
    "desk.refund_order": N_("Refunds of each order, in the figures"),
    "desk.path_fact": N_("Path, in the figures"),
    "desk.work_fact": N_("Work on orders, in the figures"),
}
"""A name for each table that says something about clients."""


def table_name(name: str) -> str:
    """The table in the person's words."""
    return _(TABLES[name])
