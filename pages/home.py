"""Home: what each role needs first."""

from dashboard import gate, reads, workbench
from dashboard.alert_words import warned
from dashboard.locale import _
from dashboard.views import alerts, home, open_refunds, reconciled, shell
from dashboard.views.search import hits, recent
from lumira_db.actor import Role

person = gate.enter()
shell.title(_("Good day, {name}").format(name=person.name))
if person.role is Role.ADMIN:
    alerts.notices([warned(one) for one in reads.open_alerts()])
    reconciled.badge(reads.reconciled())
    open_refunds.to_approve(reads.refunds_to_approve(person.id))
    home.admin(reads.admin_home(), reads.promise())
elif person.role is Role.EXPERT:
    home.expert(reads.expert_home(person.id), workbench.take_next)
else:
    asked = home.search_box()
    hits(asked, reads.search(asked))
    if not asked:
        recent(reads.recent_clients(person.id))
