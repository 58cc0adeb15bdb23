"""The summary of everything about one client, as a page to read: French, because it is handed to the client."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from lumira_db.personal import REACHED, Table

_TITLES = {
    "public.User": "Votre identité",
    "public.UserProfile": "Votre profil",
    "public.Order": "Vos commandes et vos lectures",
    "public.ProductOrder": "Vos achats de produits",
    "public.OrderFile": "Vos photos",
    "public.SpiritualPath": "Votre parcours",
    "public.PathStep": "Les jours de votre parcours",
    "public.Insight": "Vos insights",
    "public.AkashicRecord": "Votre mémoire akashique",
    "public.ChatSession": "Vos conversations",
    "public.ProcessedEvent": "Les avis de paiement vous concernant",
    "desk.reading_version": "Les versions de vos lectures",
    "desk.draft": "Les brouillons de vos lectures",
    "desk.delivery": "Les envois de vos lectures",
    "desk.generation": "Les demandes de rédaction",
    "desk.claim": "Qui travaille sur vos commandes",
    "desk.note_version": "L’historique des notes à votre sujet",
    "desk.note_draft": "Les notes en cours à votre sujet",
    "desk.client_access": "Qui a consulté votre fiche",
    "desk.client_reveal": "Ce qui a été dévoilé, à qui et pourquoi",
    "desk.bulk_change": "Les changements faits en nombre",
    "desk.audit": "Le journal de ce qui a été fait",
    "desk.task": "Les tâches vous concernant",
    "desk.procrastinate_jobs": "Les travaux en attente",
    "desk.saved_view": "Les vues qui vous nomment",
    "desk.not_same_client": "Les homonymes écartés",
    "desk.client_summary": "Le résumé de votre fiche",
}
_NAMES = {
    "refId": "Référence", "email": "E-mail", "firstName": "Prénom", "lastName": "Nom", "phone": "Téléphone",
    "dateOfBirth": "Date de naissance", "notes": "Notes", "tags": "Étiquettes", "source": "Origine",
    "status": "Statut", "createdAt": "Créé le", "updatedAt": "Modifié le", "birthDate": "Date de naissance",
    "birthTime": "Heure de naissance", "birthPlace": "Lieu de naissance", "specificQuestion": "Question",
    "objective": "Objectif", "facePhotoUrl": "Photo du visage", "palmPhotoUrl": "Photo de la paume",
    "highs": "Les hauts", "lows": "Les bas", "strongSide": "Point fort", "weakSide": "Point faible",
    "strongZone": "Zone forte", "weakZone": "Zone faible", "deliveryStyle": "Ton souhaité", "pace": "Rythme",
    "ailments": "Maux", "fears": "Peurs", "rituals": "Rituels", "orderNumber": "Commande", "level": "Niveau",
    "amount": "Montant (en centimes)", "currency": "Devise", "paidAt": "Payée le", "deliveredAt": "Livrée le",
    "userEmail": "E-mail donné", "userName": "Nom donné", "generatedContent": "Lecture", "formData": "Formulaire",
    "messages": "Messages", "title": "Titre", "content": "Contenu", "short": "En bref", "full": "Texte",
    "domains": "Domaines", "history": "Historique", "dayNumber": "Jour", "completedAt": "Terminé le",
    "archetype": "Archétype", "synthesis": "Synthèse", "keyBlockage": "Blocage", "reason": "Motif",
    "recipient": "Destinataire", "sent_at": "Envoyé le", "staff_name": "Par", "author_name": "Par",
    "actor_name": "Par", "at": "Le", "action": "Action", "before": "Avant", "after": "Après",
}  # fmt: skip
_STYLE = """
body{font:16px/1.55 Georgia,serif;color:#0c1225;background:#fbfaf6;max-width:56rem;margin:3rem auto;padding:0 1.5rem;
overflow-wrap:anywhere}
h1{font-weight:600;border-bottom:3px solid #e8a838;padding-bottom:.4rem}h2{margin-top:2.6rem}
section>div{background:#fff;border:1px solid #e4e0d4;border-radius:6px;padding:.8rem 1.1rem;margin:.8rem 0}
dl{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.2rem 1rem;margin:0}
dt{color:#5d6378;font:14px/1.7 system-ui,sans-serif}dd{margin:0;white-space:pre-wrap}
ul{margin:.2rem 0;padding-left:1.2rem}img{max-width:16rem;max-height:16rem;border-radius:6px;margin:.4rem .4rem 0 0}
"""
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_LONGEST_ADDRESS = 2000


@dataclass(frozen=True, slots=True)
class Summary:
    """``files`` are the names in the archive by what the rows call them; ``walk`` gives a table's rows."""

    name: str
    made_at: datetime
    files: Mapping[str, str]
    walk: Callable[[Table], Iterator[dict[str, Any]]]

    def pieces(self) -> Iterator[str]:
        """The page, piece by piece."""
        title = escape(f"Vos données chez Oracle Lumira – {self.name}")
        yield f'<!doctype html><html lang="fr"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        yield f"<h1>{title}</h1><p>Établi le {self.made_at:%d/%m/%Y}. Tout ce que la maison conserve à votre sujet est "
        yield "dans cette archive : cette page se lit, le dossier <code>donnees</code> contient les mêmes données "
        yield "table par table (JSON), le dossier <code>fichiers</code> vos photos et vos lectures en PDF.</p>"
        yield from self._files()
        for name, heading in _TITLES.items():
            yield from self._section(_BY_NAME[name], heading)
        for table in REACHED:
            if table.name not in _TITLES:
                yield from self._section(table, table.name)

    def _files(self) -> Iterator[str]:
        if not self.files:
            return
        yield "<section><h2>Vos fichiers</h2><div>"
        for place in self.files.values():
            href = escape(place, quote=True)
            if place.lower().endswith(_PICTURES):
                yield f'<a href="{href}"><img src="{href}" alt="{href}"></a>'
        yield "<ul>"
        for place in self.files.values():
            yield f'<li><a href="{escape(place, quote=True)}">{escape(place)}</a></li>'
        yield "</ul></div></section>"

    def _section(self, table: Table, heading: str) -> Iterator[str]:
        rows = self.walk(table)
        first = next(rows, None)
        if first is None:
            return
        yield f"<section><h2>{escape(heading)}</h2>"
        yield f"<div>{_described(first)}</div>"
        for row in rows:
            yield f"<div>{_described(row)}</div>"
        yield "</section>"


_BY_NAME = {table.name: table for table in REACHED}


def _described(value: Any) -> str:
    if isinstance(value, Mapping):
        said = [(name, inner) for name, inner in value.items() if inner not in (None, "", [], {})]
        terms = (f"<dt>{escape(_NAMES.get(str(name), str(name)))}</dt><dd>{_described(x)}</dd>" for name, x in said)
        return f"<dl>{''.join(terms)}</dl>"
    if isinstance(value, list):
        return "<ul>" + "".join(f"<li>{_described(inner)}</li>" for inner in value) + "</ul>"
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = str(value)
    if text.startswith("data:") and len(text) > _LONGEST_ADDRESS:
        return "(image jointe dans le dossier fichiers)"
    return escape(text)
