"""Words at which a clip should, or must not, begin; as data, by language.

A language without an entry is judged by its signs and numbers alone.
"""

import re
from functools import cache

_CLAIMS = {
    "en": (
        "never always nobody everyone everybody nothing everything most best worst "
        "biggest fastest hardest easiest only must stop mistake mistakes myth wrong "
        "truth secret why how what imagine"
    ),
    "de": (
        "nie niemals immer niemand jeder alle nichts alles beste besten schlimmste "
        "grösste größte einzige fehler mythos falsch wahrheit warum wie was"
    ),
    "fr": (
        "jamais toujours personne rien tout tous meilleur meilleure pire plus seul "
        "seule erreur mythe faux vérité secret pourquoi comment"
    ),
    "es": (
        "nunca siempre nadie nada todo todos mejor peor único única error mito falso "
        "verdad secreto cómo qué"
    ),
}
_DANGLING = {
    "en": (
        "it its it's this that that's these those they they're them their he she his "
        "her him such but and or so then thus hence therefore however instead also "
        "still yet otherwise moreover meanwhile because which who whose there here "
        "both neither either another anyway again yeah yes no okay ok right well um "
        "uh"
    ),
    "de": (
        "es er sie ihn ihm ihr dies diese dieser dieses das und oder aber also dann "
        "deshalb darum trotzdem jedoch außerdem weil denn dort dabei ja nein genau äh"
    ),
    "fr": (
        "il elle ils elles ce ça cela cette ces et ou mais donc alors puis ainsi "
        "cependant aussi car parce oui non voilà euh"
    ),
    "es": (
        "él ella ellos ellas esto eso este esta estos estas y o pero entonces luego "
        "así también porque sí no bueno eh"
    ),
}
_BACKWARD = {
    "en": (
        r"as (?:i|we) (?:just )?(?:said|mentioned|saw|discussed)|like i said"
        r"|(?:i|we) (?:just )?mentioned|as mentioned|earlier (?:i|we)|previous slide"
        r"|(?:this|next|that) slide|as you can see|you can see here|last time|over here"
    ),
    "de": r"wie gesagt|wie (?:ich|wir) (?:schon )?sagte|wie erwähnt|diese folie",
    "fr": r"comme (?:je|nous) (?:l'ai|l'avons) dit|cette diapositive",
    "es": r"como (?:ya )?(?:dije|dijimos|mencioné)|esta diapositiva",
}
_NUMBER = {
    "en": (
        "two three four five six seven eight nine ten eleven twelve twenty thirty "
        "forty fifty sixty seventy eighty ninety hundred thousand million billion "
        "half twice double percent"
    ),
    "de": "zwei drei vier fünf sechs sieben acht neun zehn hundert tausend prozent",
    "fr": "deux trois quatre cinq six sept huit neuf dix cent mille million pourcent",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez cien mil millón",
}


def is_number(word: str, language: str) -> bool:
    """Return whether a word, in lower case and without signs, is a number."""
    has_digit = any(map(str.isdigit, word))
    return has_digit or word in _words(_NUMBER.get(language, ""))


def is_claim(word: str, language: str) -> bool:
    """Return whether a word makes a sentence a strong one, or asks."""
    return word in _words(_CLAIMS.get(language, ""))


def dangles(word: str, language: str) -> bool:
    """Return whether a sentence that begins so leans on the one before."""
    return word in _words(_DANGLING.get(language, ""))


def backward(language: str) -> re.Pattern[str] | None:
    """Return what points to something that was said or shown before."""
    pattern = _BACKWARD.get(language)
    return re.compile(rf"\b(?:{pattern})\b") if pattern else None


@cache
def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())
