"""A film agent: answers from 4,000 films in Wikidata (CC0) about who made what, when, and how it was received."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from flask import Flask

from infra.demo import films
from infra.demo.film_questions import FRAMING, Wanted, understand
from infra.demo.films import Collection, Film
from infra.demo.guard import Reply, Source, guarded_app
from infra.demo.words import listed, stem, words

SHOWN = 5

_TOPICS = {
    "director": {"directed", "director", "directors", "direct", "made", "filmmaker"},
    "cast": {"cast", "star", "stars", "starred", "starring", "actor", "actors", "acted", "plays", "in"},
    "kind": {"long", "runtime", "minutes", "genre", "kind", "country"},
    "critics": {"rating", "rated", "reviews", "score", "good", "critics", "worth"},
    "oscars": {"oscar", "oscars", "award", "awards", "won", "win"},
    "gross": {"gross", "grossed", "earned", "earn", "money", "box"},
}
_NOTHING = Reply(
    "I found no film for this question. I know about 4,000 films released from 1940 to 2014. "
    "I can be asked about a title, a director, an actor, a genre, a country or a decade."
)


def create_app(keys_dir: str | Path) -> Flask:
    return guarded_app("movies", keys_dir, FilmGuide(films.load()).answer)


class FilmGuide:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        # The data lists a cast by the alphabet; who was in the most films is likeliest to be known.
        self._appearances = Counter(name for film in collection.films for name in film.cast)

    def answer(self, query: str) -> Reply:
        wanted = understand(query, self._collection)
        said = words(query)
        about = self._about(said, wanted)
        if about and {"like", "similar"}.intersection(said) and wanted.is_list:
            return self._similar(about[0])
        if about:
            return self._details(about, said)
        if wanted.is_list or wanted.is_open or wanted.people:
            return self._list(wanted)
        return _NOTHING

    def _about(self, said: Sequence[str], wanted: Wanted) -> list[Film]:
        """The films that the question names by title, the likeliest first."""
        found = self._collection.titled(list(said), FRAMING)
        if not found:
            return []
        title = words(found[0].title)
        rest = {word for word in wanted.keywords if word not in title}
        is_chance = len(title) < 3 and bool(rest)
        is_name_or_kind = set(title) <= {*words(" ".join(wanted.people)), *wanted.kind.split()}
        wants_several = wanted.is_list and len(title) < 3 and not {"like", "similar"}.intersection(said)
        if is_chance or is_name_or_kind or wants_several:
            return []
        if wanted.years is None or set(words(wanted.years_said)).intersection(title):
            return found
        return [film for film in found if wanted.years[0] <= film.year <= wanted.years[1]]

    def _details(self, found: Sequence[Film], said: Sequence[str]) -> Reply:
        film, *namesakes = found
        sentences = self._facts(film)
        asked = [topic for topic, triggers in _TOPICS.items() if triggers.intersection(said)]
        order = [*asked, *(topic for topic in sentences if topic not in asked)]
        prose = [sentences[topic] for topic in order if topic in sentences]
        if namesakes:
            others = listed(f"{other.name} by {listed(other.directors)}" for other in namesakes[:3])
            prose.append(f"The same title belongs to {others}.")
        return _reply(prose, found[:SHOWN])

    def _facts(self, film: Film) -> dict[str, str]:
        """Sentences by topic; each names the film, so that it can be quoted alone."""
        genres = listed(_spoken(genre) for genre in film.genres[:4])
        runs = f", and it runs {film.minutes} minutes" if film.minutes else ""
        facts = {
            "director": f"{film.name} was directed by {listed(film.directors)}.",
            "kind": f"The genres of {film.name} are {genres}{runs}.",
            "critics": f"On Rotten Tomatoes, {film.critics_percent}% of {film.reviews} reviews of {film.title} "
            "are positive.",
        }
        if film.cast:
            known = sorted(film.cast, key=lambda name: -self._appearances[name])[:8]
            facts["cast"] = f"The cast of {film.name} includes {listed(known)}."
        if film.oscars:
            facts["oscars"] = f"Wikidata records {_counted(film.oscars, 'Academy Award')} for {film.name}."
        if film.gross_usd:
            facts["gross"] = f"{film.name} took {_dollars(film.gross_usd)} at the box office."
        return facts

    def _similar(self, film: Film) -> Reply:
        others = [other for other in self._collection.films if other.title != film.title]
        closest = sorted(others, key=partial(_closeness, film), reverse=True)[:SHOWN]
        opening = f"Films that share the genres of {film.name} and were well reviewed are {_names(closest)}."
        return _reply([opening, *(_summary(other) for other in closest)], closest)

    def _list(self, wanted: Wanted) -> Reply:
        fitting = [film for film in self._collection.films if wanted.fits(film)]
        matching = _with_keywords(fitting, wanted.keywords)
        prose = []
        if wanted.keywords and not matching:
            if not wanted.has_conditions:
                return _NOTHING
            matching = fitting
            prose.append(f"No film here has {listed(wanted.keywords)} in its title, and I know no plots.")
        if not matching or not (wanted.has_conditions or wanted.keywords or wanted.is_list or wanted.is_open):
            return _NOTHING
        best = sorted(matching, key=wanted.key, reverse=True)[:SHOWN]
        opening = _described(wanted, bool(prose), "film I know" if len(best) == 1 else "films I know")
        prose.insert(0, f"{opening} {'is' if len(best) == 1 else 'are'} {_names(best)}.")
        return _reply([*prose, *(_summary(film, wanted.order) for film in best)], best)


def _closeness(film: Film, other: Film) -> float:
    """Shared genres count most, then a shared director, then how well the other film was received."""
    genres = set(film.genres)
    shared = len(genres.intersection(other.genres)) / len(genres.union(other.genres))
    return shared + 0.3 * bool(set(film.directors) & set(other.directors)) + other.acclaim / 200


def _with_keywords(found: Sequence[Film], keywords: Sequence[str]) -> list[Film]:
    """Films with every keyword in the title."""
    stems = {stem(word) for word in keywords}
    return [film for film in found if stems <= {stem(word) for word in words(film.title)}]


def _described(wanted: Wanted, ignores_keywords: bool, films_i_know: str) -> str:
    keywords = "" if ignores_keywords or not wanted.keywords else f"with {listed(wanted.keywords)} in the title"
    genres = " and ".join(_spoken(genre) for genre in wanted.genres)
    parts = (
        f"The {wanted.order}",
        genres,
        films_i_know,
        f"with {listed(wanted.people)}" if wanted.people else "",
        f"made in {wanted.country}" if wanted.country else "",
        keywords,
        wanted.years_said,
    )
    return " ".join(part for part in parts if part)


def _summary(film: Film, order: str = "best-reviewed") -> str:
    kinds = listed(_spoken(genre) for genre in film.genres[:3])
    measure = {
        "highest-grossing": f"took {_dollars(film.gross_usd or 0)} at the box office",
        "most Oscar-winning": f"has {_counted(film.oscars, 'Academy Award')} recorded",
        "longest": f"runs {film.minutes} minutes",
        "shortest": f"runs {film.minutes} minutes",
    }.get(order, f"has {film.critics_percent}% positive reviews out of {film.reviews}")
    return f"{film.name}, directed by {listed(film.directors)}, is {kinds} and {measure}."


def _names(found: Sequence[Film]) -> str:
    return listed(film.name for film in found)


def _spoken(genre: str) -> str:
    return "science fiction" if genre == "Sci-Fi" else genre.lower()


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _dollars(amount: int) -> str:
    return f"${amount / 1e9:.2f} billion" if amount >= 1e9 else f"${max(amount / 1e6, 0.1):.1f} million"


def _reply(prose: Sequence[str], found: Sequence[Film]) -> Reply:
    return Reply(
        " ".join(prose),
        tuple(Source(f"{film.name} on Wikidata", film.url) for film in found),
        {
            "titles": [film.title for film in found],
            "directors": list(dict.fromkeys(name for film in found for name in film.directors)),
        },
    )
