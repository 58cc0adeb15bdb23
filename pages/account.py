"""One's own account: name, language, mails, password."""

from dashboard import accounts, gate, mail_choices
from dashboard.here import may
from dashboard.locale import _
from dashboard.views import account, shell
from lumira_db.permissions import Permission

person = gate.enter(Permission.OWN_ACCOUNT)
shell.title(_("My account"), person.email)
account.name_form(person.name, accounts.rename)
account.language_choice(accounts.choose_language)
if may(Permission.SEE_OPERATIONS):
    account.mail_choice(
        mail_choices.chosen(), mail_choices.choose, mail_choices.send_now, warns=may(Permission.SEE_REVENUE)
    )
account.password_form(accounts.change_password)
