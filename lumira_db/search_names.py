"""Finds the names in what was pasted: the words of a short query, or who a whole message is from and about."""

import re
from collections.abc import Iterable, Iterator

from lumira_db.folding import fold, words

MOST = 6
_SHORT = 8
_LABELS = (
    "de|from|expéditeur|expediteur|nom complet|full name|name|nom et prénom|prénom et nom|client|cliente|contact|"
    "signature|destinataire|à|to|pour"
)
_LABELLED = re.compile(rf"^[\s>*•-]*(?:{_LABELS})[ \u00a0]*:[ \u00a0]*(.+)$", re.IGNORECASE | re.MULTILINE)
_FIRST = re.compile(r"^[\s>*•-]*(?:prénom|prenom|first name)[ \u00a0]*:[ \u00a0]*(.+)$", re.IGNORECASE | re.MULTILINE)
_LAST = re.compile(
    r"^[\s>*•-]*(?:nom|nom de famille|last name|surname)[ \u00a0]*:[ \u00a0]*(.+)$", re.IGNORECASE | re.MULTILINE
)
_SAID = re.compile(
    r"(?:je suis|je m['’ ]?appelle|mon nom est|c['’]est|ici|au nom de|de la part de|i am|i['’]m|my name is|this is)"
    r"[ \u00a0]+((?:[^\W\d_]['’\w-]*[ \u00a0]+){1,3}[^\W\d_]['’\w-]*)",
    re.IGNORECASE,
)
_CAPITAL = r"[A-ZÀ-ÖØ-ÞŁŒ][\w'’-]*"
_PARTICLE = r"(?:de|du|des|la|le|d['’]|van|von|der|el|al|ben|da|dos|di)"
_PAIR = re.compile(rf"\b{_CAPITAL}(?:[ \u00a0]+{_PARTICLE})*(?:[ \u00a0]+{_CAPITAL}){{1,3}}")
_TITLED = re.compile(
    rf"\b(?:M\.|Mr|Mme|Mlle|Mrs|Ms|Monsieur|Madame|Mademoiselle)[ \u00a0]+"
    rf"((?:{_PARTICLE}[ \u00a0]+|d['’])*{_CAPITAL}(?:[ \u00a0]+{_CAPITAL}){{0,2}})"
)
_PLAIN_LINE = re.compile(r"^[ \t]*((?:[^\W\d_]['’\w-]*\.?[ \t]+){1,4}[^\W\d_]['’\w-]*)[ \t]*$", re.MULTILINE)
_BRACKETS = re.compile(r"[<\[(].*$")
# What surrounds a name and is none.
_TITLES_WORDS = "mme mlle mr m madame mademoiselle monsieur mrs ms miss dr docteur me maitre mm"
_TITLES = frozenset(_TITLES_WORDS.split())
_FILLERS_WORDS = (
    "client cliente commande order dossier svp stp nom prenom tel telephone tél portable mobile mail email e-mail "
    "courriel adresse contact recherche cherche chercher trouver refid ref reference numero no n née nee alias épouse "
    "epouse fiche lecture id http https www html"
)
_FILLERS = frozenset(_FILLERS_WORDS.split())
_STOP_WORDS = (
    "je j et ou mais donc or ni car que qui quoi dont pour par avec sans sur dans chez en un une des les l le d du au "
    "aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs tu il elle on nous vous ils "
    "elles ne pas plus suis es est sommes etes sont ai as a avons avez ont ete bonjour bonsoir salut hello coucou "
    "cher chere merci cordialement bien sincerement amicalement bises bonne bon journee soiree objet sujet re tr fwd "
    "fw envoye envoyee recu recue date cc madame monsieur mademoiselle oracle lumira desk equipe service support "
    "lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril mai juin juillet aout septembre "
    "octobre novembre decembre lecture commande paiement photo photos niveau initie mystique profond integrale iphone "
    "android gmail outlook orange yahoo message mail email telephone tel mobile portable france paris lyon the and i "
    "you my your to from of for is it this that have has not thanks thank regards best kind dear sent order hi "
    "toujours encore rien voici voila ici si quand comment pourquoi oui non tres aussi alors depuis hier numero "
    "reference ref refid lum c o lu pdf rdv urgent question probleme remboursement aide bref ps nb"
)
_STOP = frozenset(_STOP_WORDS.split())


_ARTICLES = frozenset({"la", "le", "l", "un", "une", "the"})


def is_message(text: str) -> bool:
    """Whether the text is prose, not a query."""
    return "\n" in text.strip() or len(text) > 80 or len(text.split()) > _SHORT


def names_in_query(text: str) -> list[str]:
    """The one name that a short query is, without titles and what was said around it."""
    kept: list[str] = []
    after_filler = False
    for token in re.split(r"[\s,;:/|?=&#«»\"“”]+", text):
        folded = fold(token)
        if not folded or not any(c.isalpha() for c in folded):
            continue
        if folded in _FILLERS or (folded in _TITLES and not (kept and len(folded) == 1)):
            after_filler = True
            if all(fold(word) in _ARTICLES for word in kept):
                kept.clear()
        elif not (after_filler and not kept and folded in {"de", "d", "du", "n", "a", "pour"}):
            kept.append(token.strip(".!?"))
    name = " ".join(kept)
    return [name] if len(fold(name)) > 1 else []


def names_in_message(text: str) -> list[str]:
    """Who a message names, the likeliest first: what is labelled, what somebody says they are called, signatures,
    and other capitalised pairs."""
    found: dict[tuple[str, ...], str] = {}
    for candidate in (*_labelled(text), *_introduced(text), *_signed(text), *_paired(text)):
        name = " ".join(candidate.split())
        kept = words(name)
        if len(kept) >= 2 and any(len(word) > 2 for word in kept):
            found.setdefault(tuple(sorted(kept)), name)
    for name in _titled(text):
        if not any(set(words(name)) <= set(longer) for longer in found):
            found[tuple(sorted(words(name)))] = name
    return list(found.values())[:MOST]


def _labelled(text: str) -> Iterator[str]:
    first, last = _FIRST.search(text), _LAST.search(text)
    if first and last:
        yield f"{_clean(first[1])} {_clean(last[1])}"
    for match in _LABELLED.finditer(text):
        yield _clean(match[1])


def _introduced(text: str) -> Iterator[str]:
    for match in _SAID.finditer(text):
        yield _run(match[1].split())


def _signed(text: str) -> Iterator[str]:
    # A signature stands at the end: the last line is likelier than the one before it.
    for match in reversed(list(_PLAIN_LINE.finditer(text))):
        line = match[1].split()
        if not any(fold(token) in _STOP for token in line):
            yield _run(line)


def _paired(text: str) -> Iterator[str]:
    for match in _PAIR.finditer(text):
        yield _run(token for token in match[0].split() if fold(token) not in _STOP or fold(token) in {"le", "de", "du"})


def _titled(text: str) -> Iterator[str]:
    """Whoever is called Madame or Monsieur Somebody: a last name alone is one then."""
    for match in _TITLED.finditer(text):
        name = _run(match[1].split())
        if any(len(word) > 2 for word in words(name)):
            yield name


def _clean(value: str) -> str:
    """The name of a labelled line, without the address beside it."""
    return _run(_BRACKETS.sub("", value).replace('"', " ").replace(",", " ").split())


def _run(tokens: Iterable[str]) -> str:
    """The words of a name up to the first that is none, without titles."""
    kept: list[str] = []
    for token in tokens:
        folded = fold(token)
        if folded in _TITLES and not kept:
            continue
        if not folded or (folded in _STOP and not (folded in {"le", "du", "des", "la"} and kept == kept[:1])):
            break
        kept.append(token.strip(".,;!?"))
    while kept and fold(kept[-1]) in {"le", "du", "des", "de", "la"}:
        kept.pop()
    return " ".join(kept[:5])
