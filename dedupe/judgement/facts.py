"""Which words may not be lost or changed: numbers, names, negations."""

from __future__ import annotations

from collections.abc import Iterable

from dedupe.judgement.rows import Row
from dedupe.words import is_number

NEGATIONS = frozenset(
    # English, with what is left of n't
    "no not never none nobody nothing neither nor without cannot t"
    # German; Dutch; Danish, Norwegian, Swedish
    " nicht kein keine keinen keinem keiner keines nie niemals nichts niemand ohne niet geen nooit niets zonder"
    " ikke ingen intet aldri inte ingenting aldrig"
    # French; Italian; Spanish, Catalan; Portuguese; Romanian
    " ne pas jamais rien sans aucun aucune non mai niente nessuno nessuna senza ni nunca nada nadie ningún"
    " ninguna sin res"
    " não nem ninguém sem nenhum nenhuma nu niciodată"
    " nimic fără"
    # Polish; Czech, Slovak; Croatian; Russian; Ukrainian; Bulgarian; Greek
    " nigdy nic bez nikdy nikdo žádný nema не нет ни без нельзя никто ничто ничего никогда ні немає няма δεν"
    " μην όχι χωρίς"
    # Turkish; Finnish; Hungarian; Lithuanian; Latvian; Estonian
    " değil yok hayır hiç ei eivät nem nincs nélkül nėra nav pole mitte"
    # Arabic; Hebrew; Persian; Hindi; Indonesian; Vietnamese; Korean
    " لا لم لن ليس ليست دون بدون غير לא אין בלי אינו نه نیست नहीं न मत बिना tidak bukan tanpa không chưa"
    " 안 못 없다 아니다"
    # Chinese; Japanese: words of one character
    " 不 没 沒 无 無 非 未 别 ぬ".split()
)
"""Common negations; a table to be documented and extended, never a list of phrases."""


def facts(row: Row, places: Iterable[int]) -> list[str]:
    """Return those of the row's words at these places that are numbers, names or negations."""
    chosen = [row.words[place] for place in places]
    names = row.names if not all(map(is_number, chosen)) else set()
    return [word for word in chosen if word in names or word in NEGATIONS or is_number(word)]
