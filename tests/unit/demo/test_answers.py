"""Questions, and facts that their answers must hold; the facts stand in the data, not in the code."""

import time

import pytest

from infra.demo.cars import CarGuide
from infra.demo.guard import LONGEST_ANSWER, LONGEST_TITLE, MOST_SOURCES, Answer, Reply
from infra.demo.movies import FilmGuide
from infra.demo.python_docs import Reference

FILMS = [
    ("Who directed Heat?", ["Heat (1995)", "Michael Mann"]),
    ("who directed the movie heat", ["Michael Mann"]),
    ("Who directed 2001: A Space Odyssey?", ["Stanley Kubrick"]),
    ("Who stars in The Matrix?", ["Keanu Reeves"]),
    ("How long is Casablanca?", ["102 minutes"]),
    ("Amelie", ["Jean-Pierre Jeunet"]),
    ("What are good science fiction movies from the 1990s?", ["science fiction", "1990s", "Jurassic Park (1993)"]),
    ("sci-fi films of the nineties", ["Jurassic Park (1993)"]),
    ("best rated Spielberg films", ["Schindler's List (1993)", "Jaws (1975)"]),
    ("Films starring Al Pacino in the 70s", ["The Godfather (1972)", "Serpico (1973)"]),
    ("movies with Meryl Streep and Robert De Niro", ["The Deer Hunter (1978)"]),
    ("highest grossing films of 2010", ["Toy Story 3 (2010)", "$1.07 billion"]),
    ("best horror film before 1970", ["Psycho (1960)"]),
    ("Best French comedies", ["Amélie (2001)"]),
    ("Star Wars movies", ["A New Hope (1977)"]),
    ("funny christmas movies", ["Christmas"]),
    ("What should I watch if I like the movie Inception?", ["Christopher Nolan"]),
    ("Recommend a thriller", ["thriller"]),
]
PYTHON = [
    ("How do I parse JSON in Python?", ["json.loads(s", "Deserialize"]),
    ("sort a list by key", ["sorted(iterable, /, *, key=None", "custom key function"]),
    ("read a csv file", ["csv.reader"]),
    ("run a subprocess with a timeout", ["subprocess.run(", "timeout=None"]),
    ("asyncio gather", ["asyncio.gather("]),
    ("How do I delete a folder?", ["os.rmdir("]),
    ("generate a random integer", ["random.randint(a, b)"]),
    ("read environment variable", ["os.getenv("]),
    ("str.split", ["str.split(sep=None"]),
    ("What does the with statement do?", ["context manager"]),
    ("regex replace in Python", ["re.sub("]),
    ("open a file and read lines", ["open(file, mode='r'"]),
]
CARS = [
    ("Which SUV uses the least fuel?", ["SUVs", "Ford Escape FWD HEV", "41 mpg"]),
    ("most efficient cars", ["Hyundai Ioniq Blue", "59 mpg"]),
    ("What mpg does a Toyota Corolla get?", ["Toyota Corolla of 2021 gets"]),
    ("Honda Civic", ["Honda Civic"]),
    ("Which pickup truck has the best gas mileage?", ["Ford F150"]),
    ("minivan for a family of 7", ["Toyota Sienna"]),
    ("thirstiest cars", ["Bugatti Chiron"]),
    ("manual gearbox sports cars", ["Mazda MX-5"]),
    ("cheapest electric car", ["no battery-electric cars"]),
]
NONSENSE = ["asdf qwer zxcv", "What is the best pizza in Naples?", "🐙", "Who am I?", "東京"]


@pytest.mark.parametrize(("query", "facts"), FILMS)
def test_a_film_answer_holds_the_facts(film_guide: FilmGuide, query: str, facts: list[str]) -> None:
    assert_holds(film_guide.answer(query), facts)


@pytest.mark.parametrize(("query", "facts"), PYTHON)
def test_a_python_answer_holds_the_facts(reference: Reference, query: str, facts: list[str]) -> None:
    assert_holds(reference.answer(query), facts)


@pytest.mark.parametrize(("query", "facts"), CARS)
def test_a_car_answer_holds_the_facts(car_guide: CarGuide, query: str, facts: list[str]) -> None:
    assert_holds(car_guide.answer(query), facts)


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_gets_an_honest_answer(
    film_guide: FilmGuide, reference: Reference, car_guide: CarGuide, query: str
) -> None:
    assert film_guide.answer(query).answer.startswith("I found no film")
    assert "nothing on this question" in reference.answer(query).answer
    assert car_guide.answer(query).answer.startswith("I found no car")


@pytest.mark.parametrize(
    "query", ["Who directed Heat?", "Which SUV uses the least fuel?", "How do I parse JSON in Python?"]
)
def test_each_question_has_one_expert(
    film_guide: FilmGuide, reference: Reference, car_guide: CarGuide, query: str
) -> None:
    replies = [film_guide.answer(query), reference.answer(query), car_guide.answer(query)]

    assert sum(bool(reply.fields) for reply in replies) == 1


def test_a_film_that_is_not_known_from_that_year_is_not_invented(film_guide: FilmGuide) -> None:
    assert film_guide.answer("Who directed Heat in 1950?").answer.startswith("I found no film")


def test_a_link_opens_the_documented_function(reference: Reference) -> None:
    urls = {query: reference.answer(query).sources[0].url for query in ("json.loads", "asyncio gather", "str.split")}

    assert urls == {
        "json.loads": "https://docs.python.org/3/library/json.html#json.loads",
        "asyncio gather": "https://docs.python.org/3/library/asyncio-task.html#asyncio.gather",
        "str.split": "https://docs.python.org/3/library/stdtypes.html#str.split",
    }


def test_answers_take_less_than_200_ms(film_guide: FilmGuide, reference: Reference, car_guide: CarGuide) -> None:
    experts: list[tuple[Answer, list[tuple[str, list[str]]]]] = [
        (film_guide.answer, FILMS),
        (reference.answer, PYTHON),
        (car_guide.answer, CARS),
    ]

    started = time.process_time()
    asked = [answer(query) for answer, questions in experts for query, _ in [*questions, ("long " * 400, [])]]

    assert (time.process_time() - started) / len(asked) < 0.2


def assert_holds(reply: Reply, facts: list[str]) -> None:
    assert [fact for fact in facts if fact not in reply.answer] == []
    assert 0 < len(reply.answer) <= LONGEST_ANSWER
    assert len(reply.sources) <= MOST_SOURCES
    assert all(source.url.startswith("https://") for source in reply.sources)
    assert all(len(source.title) <= LONGEST_TITLE for source in reply.sources)
