"""Runs in the peer's own environment: searches clients as Django's admin does, for each line read from stdin.

A line is a JSON object with `kind`, `text` and `id` (the client who is meant); so is each answer. The admin is as one
would write it: unmanaged models over the platform's tables, `search_fields` for what a client is known by, the list's
own defaults. What is timed is the list's statements: the page and its counts.
"""

import json
import sys
import time
from urllib.parse import urlsplit

import django
from django.conf import settings

LONGEST_MS = 20_000


def configure(url: str) -> None:
    parts = urlsplit(url)
    settings.configure(
        INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": parts.username,
                "PASSWORD": parts.password or "",
                "HOST": parts.hostname,
                "PORT": parts.port,
                "OPTIONS": {"options": f"-c statement_timeout={LONGEST_MS}"},
            }
        },
        SECRET_KEY="peer",
        USE_TZ=True,
    )
    django.setup()


class Anybody:
    """Who may see everything; the admin asks for no more."""

    is_active = is_staff = True
    pk = 1

    def has_perm(self, *_: object) -> bool:
        return True


def main() -> None:
    configure(sys.argv[1])
    from django.contrib import admin
    from django.db import DatabaseError, connection, models
    from django.test import RequestFactory

    class Client(models.Model):
        id = models.TextField(primary_key=True)
        ref_id = models.TextField(db_column="refId", null=True)
        email = models.TextField()
        first_name = models.TextField(db_column="firstName")
        last_name = models.TextField(db_column="lastName")
        phone = models.TextField(null=True)
        created_at = models.DateTimeField(db_column="createdAt")

        class Meta:
            app_label = "peer"
            managed = False
            db_table = "User"

    class ClientAdmin(admin.ModelAdmin):
        list_display = ("ref_id", "first_name", "last_name", "email", "phone", "created_at")
        search_fields = ("ref_id", "email", "first_name", "last_name", "phone")

    screen = ClientAdmin(Client, admin.site)
    requests = RequestFactory()
    spent = [0.0]

    def timed(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent[0] += (time.perf_counter() - began) * 1000

    for line in sys.stdin:
        asked = json.loads(line)
        request = requests.get("/admin/peer/client/", {"q": asked["text"]})
        request.user = Anybody()
        spent[0], first = 0.0, None
        with connection.execute_wrapper(timed):
            try:
                rows = list(screen.get_changelist_instance(request).result_list)
                first = rows[0].pk if rows else None
            except DatabaseError:
                connection.close()
                spent[0] = float(LONGEST_MS)
        print(json.dumps({"kind": asked["kind"], "ms": spent[0], "right": first == asked["id"]}), flush=True)


main()
