"""The film collection: 1940 to 2014, from Wikidata (CC0), see README.md."""

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from infra.demo.words import STOPWORDS, words

FILMS_CSV = Path(__file__).parent / "data" / "films.csv"

# A film with few reviews is drawn towards this score, as if it had this many more of them.
_PRIOR_PERCENT = 60
_PRIOR_REVIEWS = 20


@dataclass(frozen=True, slots=True)
class Film:
    wikidata_id: str
    title: str
    year: int
    minutes: int | None
    certificate: str
    genres: tuple[str, ...]
    directors: tuple[str, ...]
    cast: tuple[str, ...]
    countries: tuple[str, ...]
    language: str
    critics_percent: int
    reviews: int
    oscars: int
    gross_usd: int | None

    @property
    def name(self) -> str:
        return f"{self.title} ({self.year})"

    @property
    def url(self) -> str:
        return f"https://www.wikidata.org/wiki/{self.wikidata_id}"

    @property
    def acclaim(self) -> float:
        """The share of positive reviews, made cautious where there are few."""
        positive = self.critics_percent * self.reviews + _PRIOR_PERCENT * _PRIOR_REVIEWS
        return positive / (self.reviews + _PRIOR_REVIEWS)


@dataclass(frozen=True, slots=True)
class Collection:
    """Films with the look-ups that questions need; names are keyed by their normalised words."""

    films: tuple[Film, ...]
    by_title: dict[tuple[str, ...], list[Film]]
    people: dict[tuple[str, ...], str]
    series: frozenset[tuple[str, str]]

    def titled(self, query: list[str], vague: frozenset[str]) -> list[Film]:
        """Films whose whole title stands in the query: of the longest such title, most reviewed first.

        A title of one or two words that are all ``vague``, such as *It*, is taken for part of the question.
        """
        for size in range(min(len(query), 12), 0, -1):
            for start in range(len(query) - size + 1):
                title = tuple(query[start : start + size])
                found = self.by_title.get(title)
                if found and not (size < 3 and vague.issuperset(title)):
                    return sorted(found, key=lambda film: -film.reviews)
        return []

    def named(self, query: list[str]) -> tuple[str, ...]:
        """The people whose names stand in the query; a longer name hides the shorter ones inside it."""
        left, found = list(query), []
        for size in range(min(len(query), 5), 0, -1):
            for start in range(len(query) - size + 1):
                if name := self.people.get(tuple(left[start : start + size])):
                    found.append(name)
                    left[start : start + size] = [""] * size
        return tuple(dict.fromkeys(found))


def load() -> Collection:
    """Read the collection; 4,000 films take about 0.2 s."""
    with FILMS_CSV.open(encoding="utf-8", newline="") as file:
        films = tuple(_film(row) for row in csv.DictReader(file))
    by_title: dict[tuple[str, ...], list[Film]] = defaultdict(list)
    for film in films:
        title = words(film.title)
        by_title[tuple(title)].append(film)
        if title[:1] in (["the"], ["a"]) and len(title) > 2:
            by_title[tuple(title[1:])].append(film)
    return Collection(films, dict(by_title), _people(films), _series(films))


def _film(row: dict[str, str]) -> Film:
    return Film(
        wikidata_id=row["wikidata_id"],
        title=row["title"],
        year=int(row["year"]),
        minutes=_whole(row["minutes"]),
        certificate=row["certificate"],
        genres=_names(row["genres"]),
        directors=_names(row["directors"]),
        cast=_names(row["cast"]),
        countries=_names(row["countries"]),
        language=row["language"] or "English",
        critics_percent=int(row["critics_percent"]),
        reviews=int(row["reviews"]),
        oscars=int(row["oscars"] or 0),
        gross_usd=_whole(row["gross_usd"]),
    )


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(", ") if name)


def _people(films: tuple[Film, ...]) -> dict[tuple[str, ...], str]:
    """Everyone by full name, and a director by surname alone where the surname means mostly that one."""
    everyone = {name for film in films for name in (*film.cast, *film.directors)}
    people = {tuple(words(name)): name for name in sorted(everyone)}
    surnames: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for film in films:
        for name in film.directors:
            surnames[" ".join(words(name)[-1:])][name] += 1
    for surname, namesakes in surnames.items():
        best = max(namesakes, key=lambda name: namesakes[name])
        if len(surname) > 4 and namesakes[best] >= 4 and 2 * namesakes[best] > sum(namesakes.values()):
            people.setdefault((surname,), best)
    return {key: name for key, name in people.items() if len(key) > 1 or len("".join(key)) > 4}


def _series(films: tuple[Film, ...]) -> frozenset[tuple[str, str]]:
    """Pairs of words that three titles or more share, such as *star wars* and *harry potter*."""
    pairs: Counter[tuple[str, str]] = Counter()
    for film in films:
        title = words(film.title)
        pairs.update(set(pairwise(title)))
    return frozenset(pair for pair, titles in pairs.items() if titles >= 3 and not STOPWORDS.intersection(pair))
