"""The one table of who may do what; commands ask it, screens ask it, tests read it cell by cell."""

from collections.abc import Mapping
from enum import StrEnum

from lumira_db.actor import Actor, Role
from lumira_db.errors import NotPermitted
from lumira_db.i18n_marker import N_


class Permission(StrEnum):
    """One thing that can be allowed."""

    SEE_QUEUE = "see_queue"
    WORK_ORDERS = "work_orders"
    DECIDE = "decide"
    SEND_DELIVERIES = "send_deliveries"
    SEE_ORDERS = "see_orders"
    SEE_READINGS = "see_readings"
    EXPORT_ORDERS = "export_orders"
    SEE_CLIENTS = "see_clients"
    SEE_INTIMATE = "see_intimate"
    REVEAL_INTIMATE = "reveal_intimate"
    KEEP_NOTES = "keep_notes"
    EDIT_CLIENTS = "edit_clients"
    EXPORT_CLIENTS = "export_clients"
    MANAGE_CLIENTS = "manage_clients"
    SEE_ACCESS = "see_access"
    ERASE_CLIENTS = "erase_clients"
    SEE_DELIVERIES = "see_deliveries"
    SEE_REVENUE = "see_revenue"
    SEE_PATHS = "see_paths"
    SEE_OPERATIONS = "see_operations"
    MANAGE_PAYMENTS = "manage_payments"
    MANAGE_PRODUCTS = "manage_products"
    REFUND = "refund"
    MANAGE_STAFF = "manage_staff"
    SEE_AUDIT = "see_audit"
    OWN_ACCOUNT = "own_account"


LABELS: Mapping[Permission, str] = {
    Permission.SEE_QUEUE: N_("see the queue"),
    Permission.WORK_ORDERS: N_("take orders, edit readings and start production"),
    Permission.DECIDE: N_("approve, send back, reject or reopen a reading"),
    Permission.SEND_DELIVERIES: N_("retry or confirm a delivery"),
    Permission.SEE_ORDERS: N_("see orders"),
    Permission.SEE_READINGS: N_("read readings"),
    Permission.EXPORT_ORDERS: N_("export orders"),
    Permission.SEE_CLIENTS: N_("see clients"),
    Permission.SEE_INTIMATE: N_("see birth data, confidences and photos"),
    Permission.REVEAL_INTIMATE: N_("see birth data, confidences or photos for a stated reason"),
    Permission.KEEP_NOTES: N_("keep notes and tags"),
    Permission.EDIT_CLIENTS: N_("create clients, and change their identity, status and refId"),
    Permission.EXPORT_CLIENTS: N_("export clients"),
    Permission.MANAGE_CLIENTS: N_("merge clients, rename tags and give every client a refId"),
    Permission.SEE_ACCESS: N_("see who looked at a client"),
    Permission.ERASE_CLIENTS: N_("answer requests under the GDPR: hand out and erase a client's data"),
    Permission.SEE_DELIVERIES: N_("see deliveries"),
    Permission.SEE_REVENUE: N_("see revenue"),
    Permission.SEE_PATHS: N_("see how far clients come on their path"),
    Permission.SEE_OPERATIONS: N_("see the figures of the desk's work, or one's own"),
    Permission.MANAGE_PAYMENTS: N_("manage payments"),
    Permission.MANAGE_PRODUCTS: N_("manage products"),
    Permission.REFUND: N_("give money back, and decide on refunds that others ask for"),
    Permission.MANAGE_STAFF: N_("manage staff"),
    Permission.SEE_AUDIT: N_("read the audit"),
    Permission.OWN_ACCOUNT: N_("change one's own account"),
}

_EVERYONE = frozenset(
    {
        Permission.SEE_ORDERS,
        Permission.SEE_CLIENTS,
        Permission.KEEP_NOTES,
        Permission.SEE_DELIVERIES,
        Permission.OWN_ACCOUNT,
    }
)
_SUPPORT = _EVERYONE | {Permission.REVEAL_INTIMATE, Permission.EDIT_CLIENTS, Permission.EXPORT_CLIENTS}
_EXPERT = _EVERYONE | {
    Permission.SEE_QUEUE,
    Permission.WORK_ORDERS,
    Permission.DECIDE,
    Permission.SEND_DELIVERIES,
    Permission.SEE_READINGS,
    Permission.SEE_INTIMATE,
    Permission.EXPORT_ORDERS,
    Permission.SEE_OPERATIONS,
}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.SUPPORT: _SUPPORT,
    Role.EXPERT: _EXPERT,
    Role.ADMIN: frozenset(Permission),
}


def allows(actor: Actor, permission: Permission) -> bool:
    """Whether the actor may; the system may do everything it is coded to do."""
    return actor.role is None or permission in GRANTS[actor.role]


def require(actor: Actor, permission: Permission) -> None:
    """Raise ``NotPermitted`` unless the actor may."""
    if not allows(actor, permission):
        raise NotPermitted(role=actor.role, permission=LABELS[permission])
