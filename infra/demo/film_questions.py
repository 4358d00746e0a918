"""What a question about films asks for: conditions that a film must meet, and an order."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from infra.demo.films import Collection, Film
from infra.demo.words import STOPWORDS, contains, stem, words

# The longest phrase comes first, so that "romantic comedy" is not read as "romantic" alone.
_GENRES: dict[str, tuple[str, ...]] = {
    "science fiction": ("Sci-Fi",),
    "romantic comedies": ("Romance", "Comedy"),
    "romantic comedy": ("Romance", "Comedy"),
    "sci fi": ("Sci-Fi",),
    "scifi": ("Sci-Fi",),
    "comedies": ("Comedy",),
    "comedy": ("Comedy",),
    "funny": ("Comedy",),
    "drama": ("Drama",),
    "action": ("Action",),
    "romance": ("Romance",),
    "romantic": ("Romance",),
    "love": ("Romance",),
    "thriller": ("Thriller",),
    "crime": ("Crime",),
    "gangster": ("Crime",),
    "fantasy": ("Fantasy",),
    "horror": ("Horror",),
    "scary": ("Horror",),
    "adventure": ("Adventure",),
    "biographies": ("Biography",),
    "biography": ("Biography",),
    "biopic": ("Biography",),
    "mystery": ("Mystery",),
    "mysteries": ("Mystery",),
    "family": ("Family",),
    "kid": ("Family",),
    "children": ("Family",),
    "musical": ("Musical",),
    "documentaries": ("Documentary",),
    "documentary": ("Documentary",),
    "animated": ("Animation",),
    "animation": ("Animation",),
    "cartoon": ("Animation",),
    "war": ("War",),
    "historical": ("History",),
    "history": ("History",),
    "sport": ("Sport",),
    "western": ("Western",),
}
_COUNTRIES = {
    "american": "United States",
    "australian": "Australia",
    "british": "United Kingdom",
    "canadian": "Canada",
    "danish": "Denmark",
    "french": "France",
    "german": "Germany",
    "indian": "India",
    "irish": "Ireland",
    "italian": "Italy",
    "japanese": "Japan",
    "korean": "South Korea",
    "mexican": "Mexico",
    "polish": "Poland",
    "spanish": "Spain",
    "swedish": "Sweden",
}
# For these the country alone would let in every co-production that was shot in English.
_LANGUAGES = """
danish french german italian japanese korean polish spanish swedish
"""
_SPOKEN = frozenset(_LANGUAGES.split())
_ORDERS: tuple[tuple[frozenset[str], str, Callable[[Film], float]], ...] = (
    (
        frozenset({"grossing", "gross", "earning", "successful", "blockbuster", "blockbusters"}),
        "highest-grossing",
        lambda film: film.gross_usd or 0,
    ),
    (
        frozenset({"oscar", "oscars", "academy", "awarded", "winning"}),
        "most Oscar-winning",
        lambda film: film.oscars + film.acclaim / 1_000,
    ),
    (frozenset({"longest"}), "longest", lambda film: film.minutes or 0),
    (frozenset({"shortest"}), "shortest", lambda film: -(film.minutes or 10_000)),
    (frozenset({"worst", "lowest"}), "worst-reviewed", lambda film: -film.acclaim),
)
_SUPERLATIVES = frozenset({"best", "top", "greatest", "highest", "favourite", "favorite"}).union(
    *(triggers for triggers, _, _ in _ORDERS)
)
_PLURALS = frozenset({"movies", "films", "comedies", "thrillers", "westerns", "documentaries", "dramas"})
_OPENINGS = frozenset({"movie", "film", "recommend", "suggest"})
_FILM_TALK = """
act acted actor actors actress award awards box cast cinema classic come came direct directed directing
director directors film filmed films good great length long minutes movie movies nice office old other
picture rated rating ratings released release reviewed reviews role runtime score see similar star
starred starring stars title titles win won written year years famous first last tonight evening weekend
"""
FRAMING = STOPWORDS | _SUPERLATIVES | frozenset(_FILM_TALK.split())
_SPAN = re.compile(r"\b(?:between|from)\s+((?:19|20)\d\d)\s*(?:and|to|-|–)\s*((?:19|20)\d\d)\b")
_BOUND = re.compile(r"\b(before|after|since|until)\s+((?:19|20)\d\d)\b")
_DECADE = re.compile(r"\b(?:(19|20)?(\d0)['’]?s|(forties|fifties|sixties|seventies|eighties|nineties))\b")
_YEAR = re.compile(r"\b(19[3-9]\d|20[0-2]\d)\b")
_NAMED_DECADES = {
    "forties": 1940, "fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980, "nineties": 1990,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions on a film with the words that describe them, and what no condition used up."""

    kind: str
    years: tuple[int, int] | None
    years_said: str
    genres: tuple[str, ...]
    country: str | None
    language: str | None
    people: tuple[str, ...]
    keywords: tuple[str, ...]
    order: str
    key: Callable[[Film], float]
    is_list: bool
    is_open: bool

    @property
    def has_conditions(self) -> bool:
        return bool(self.years or self.genres or self.country or self.people)

    def fits(self, film: Film) -> bool:
        return (
            (self.years is None or self.years[0] <= film.year <= self.years[1])
            and all(genre in film.genres for genre in self.genres)
            and (self.country is None or self.country in film.countries)
            and (self.language is None or self.language in film.language)
            and all(person in film.directors or person in film.cast for person in self.people)
        )


def understand(query: str, collection: Collection) -> Wanted:
    said = words(query)
    years, years_said = years_in(query)
    series = next((pair for pair in pairwise(said) if pair in collection.series), ())
    rest = [word for word in said if word not in series]
    genre_phrase = next((phrase for phrase in _GENRES if _says(rest, phrase)), None)
    adjective = next((word for word in said if word in _COUNTRIES), None)
    people = collection.named(said)
    used = {*words(years_said), *(genre_phrase or "").split(), adjective or "", *words(" ".join(people))}
    trigger, order, key = next(
        (entry for entry in _ORDERS if entry[0].intersection(said)),
        (frozenset[str](), "best-reviewed", _acclaim),
    )
    stems = {stem(word) for word in used}
    return Wanted(
        kind=genre_phrase or "",
        years=years,
        years_said=years_said,
        genres=_GENRES[genre_phrase] if genre_phrase else (),
        country=_COUNTRIES[adjective] if adjective else None,
        language=adjective.title() if adjective in _SPOKEN else None,
        people=people,
        keywords=series
        or tuple(word for word in said if word not in FRAMING and stem(word) not in stems and not _is_year(word)),
        order=order,
        key=key,
        is_list=bool(_PLURALS.intersection(said) or _SUPERLATIVES.intersection(said) or trigger),
        is_open=bool(_OPENINGS.intersection(said)),
    )


def years_in(query: str) -> tuple[tuple[int, int] | None, str]:
    """The years asked for, both ends included, and how the answer says them."""
    text = query.lower()
    if found := _SPAN.search(text):
        return (int(found[1]), int(found[2])), f"from {found[1]} to {found[2]}"
    if found := _BOUND.search(text):
        year = int(found[2])
        spans = {"before": (0, year - 1), "until": (0, year), "after": (year + 1, 9999), "since": (year, 9999)}
        return spans[found[1]], f"{found[1]} {year}"
    if found := _DECADE.search(text):
        decade = _NAMED_DECADES.get(found[3] or "") or int(f"{found[1] or _century(found[2])}{found[2]}")
        return (decade, decade + 9), f"of the {decade}s"
    if found := _YEAR.search(text):
        return (int(found[1]), int(found[1])), f"of {found[1]}"
    return None, ""


def _says(said: Sequence[str], phrase: str) -> bool:
    plain = [stem(word) for word in phrase.split()]
    return contains([stem(word) for word in said], plain)


def _acclaim(film: Film) -> float:
    return film.acclaim


def _century(two_digits: str) -> str:
    return "20" if two_digits in ("00", "10") else "19"


def _is_year(word: str) -> bool:
    return bool(re.fullmatch(r"\d{2,4}s?", word))
