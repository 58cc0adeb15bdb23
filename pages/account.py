"""One's own account: name, language, password."""

from dashboard import accounts, gate
from dashboard.locale import _
from dashboard.views import account, shell
from lumira_db.permissions import Permission

person = gate.enter(Permission.OWN_ACCOUNT)
shell.title(_("My account"), person.email)
account.name_form(person.name, accounts.rename)
account.language_choice(accounts.choose_language)
account.password_form(accounts.change_password)
