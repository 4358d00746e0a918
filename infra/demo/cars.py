"""A car agent: fuel economy of 1,000 cars of model year 2021, from tests of the US Environmental Protection Agency.

The EPA publishes them at fueleconomy.gov; works of the US government are in the public domain (see README.md).
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask

from infra.demo.guard import Reply, Source, guarded_app
from infra.demo.words import STOPWORDS, contains, listed, words

CARS_CSV = Path(__file__).parent / "data" / "cars.csv"
SHOWN = 5

_SOURCE = Source("Fuel economy data, fueleconomy.gov", "https://www.fueleconomy.gov/feg/download.shtml")
_NOTHING = Reply(
    "I found no car for this question. I know the fuel economy of about 1,000 petrol, diesel and hybrid cars of "
    "model year 2021 sold in the United States. I can be asked about a make, a model, a class, a drive or a gearbox."
)
_NO_PRICES = "I know fuel economy and engines, but no prices, stock or reviews."


@dataclass(frozen=True, slots=True)
class Car:
    make: str
    model: str
    kind: str
    drive: str
    gearbox: str
    fuel: str
    cylinders: int
    litres: float
    city_mpg: int
    highway_mpg: int
    combined_mpg: int

    @property
    def name(self) -> str:
        return f"{self.make} {self.model}"

    @property
    def is_hybrid(self) -> bool:
        return bool(re.search(r"hybrid|\bhev\b|prius|insight|ioniq|niro", self.model, re.IGNORECASE))


def _is_kind(kind: str, car: Car) -> bool:
    return kind in car.kind


def _is_drive(drives: tuple[str, ...], car: Car) -> bool:
    return car.drive in drives


def _has_manual(car: Car) -> bool:
    return car.gearbox == "Manual"


def _is_automatic(car: Car) -> bool:
    return car.gearbox != "Manual"


def _burns(fuel: str, car: Car) -> bool:
    return fuel in car.fuel


def _is_hybrid(car: Car) -> bool:
    return car.is_hybrid


_ALL_WHEELS = ("All Wheel Drive", "4-Wheel Drive", "Part-time 4-Wheel Drive")

# A phrase of the question, the words that the answer uses for it, and the condition.
# The longer phrase comes first, so that "station wagon" is not read twice.
_CONDITIONS: tuple[tuple[str, str, Callable[[Car], bool]], ...] = (
    ("small suv", "small SUVs", partial(_is_kind, "Small SUV")),
    ("suv", "SUVs", partial(_is_kind, "SUV")),
    ("suvs", "SUVs", partial(_is_kind, "SUV")),
    ("pickup", "pick-up trucks", partial(_is_kind, "Pick-up")),
    ("pickups", "pick-up trucks", partial(_is_kind, "Pick-up")),
    ("pick up", "pick-up trucks", partial(_is_kind, "Pick-up")),
    ("truck", "pick-up trucks", partial(_is_kind, "Pick-up")),
    ("trucks", "pick-up trucks", partial(_is_kind, "Pick-up")),
    ("minivan", "minivans", partial(_is_kind, "minivan")),
    ("minivans", "minivans", partial(_is_kind, "minivan")),
    ("wagon", "station wagons", partial(_is_kind, "Station Wagon")),
    ("wagons", "station wagons", partial(_is_kind, "Station Wagon")),
    ("subcompact", "subcompact cars", partial(_is_kind, "Subcompact")),
    ("compact", "compact cars", partial(_is_kind, "Compact Cars")),
    ("midsize", "midsize cars", partial(_is_kind, "Midsize")),
    ("large car", "large cars", partial(_is_kind, "Large Cars")),
    ("large cars", "large cars", partial(_is_kind, "Large Cars")),
    ("sports", "two-seaters", partial(_is_kind, "Two Seaters")),
    ("roadster", "two-seaters", partial(_is_kind, "Two Seaters")),
    ("hybrid", "hybrids", _is_hybrid),
    ("hybrids", "hybrids", _is_hybrid),
    ("diesel", "that burn diesel", partial(_burns, "Diesel")),
    ("diesels", "that burn diesel", partial(_burns, "Diesel")),
    ("regular", "that run on regular petrol", partial(_burns, "Regular")),
    ("all wheel drive", "with all-wheel drive", partial(_is_drive, _ALL_WHEELS)),
    ("awd", "with all-wheel drive", partial(_is_drive, _ALL_WHEELS)),
    ("4wd", "with all-wheel drive", partial(_is_drive, _ALL_WHEELS)),
    ("4x4", "with all-wheel drive", partial(_is_drive, _ALL_WHEELS)),
    ("front wheel drive", "with front-wheel drive", partial(_is_drive, ("2-Wheel Drive, Front",))),
    ("rear wheel drive", "with rear-wheel drive", partial(_is_drive, ("2-Wheel Drive, Rear",))),
    ("manual", "with a manual gearbox", _has_manual),
    ("stick", "with a manual gearbox", _has_manual),
    ("automatic", "with an automatic gearbox", _is_automatic),
)
_THIRSTY = frozenset({"worst", "thirstiest", "least efficient", "most fuel", "guzzler", "guzzlers", "lowest mpg"})
_BIG_ENGINE = frozenset({"biggest engine", "largest engine", "powerful", "big engine"})
_CAR_TALK = """
car cars vehicle vehicles mpg fuel gas petrol gasoline economy efficient economical consumption mileage
engine sedan drive suv suvs truck trucks pickup pickups minivan minivans hybrid hybrids diesel
"""
_CAR_WORDS = frozenset(_CAR_TALK.split())
_ELECTRIC = frozenset({"electric", "ev", "evs", "tesla", "battery"})
_BEYOND = frozenset({"price", "cheap", "cheapest", "cost", "costs", "buy", "dealer", "rent", "rental", "reliable"})
_AT_LEAST = re.compile(r"\b(?:over|above|least|than|minimum)\s+(\d{2})\s*(?:mpg|miles)")


def create_app(keys_dir: str | Path) -> Flask:
    return guarded_app("cars", keys_dir, CarGuide(load()).answer)


def load() -> tuple[Car, ...]:
    with CARS_CSV.open(encoding="utf-8", newline="") as file:
        return tuple(_car(row) for row in csv.DictReader(file))


def _car(row: dict[str, str]) -> Car:
    return Car(
        make=row["make"],
        model=row["model"],
        kind=row["class"],
        drive=row["drive_desc"],
        gearbox=row["transmission_desc"],
        fuel=row["fuel_usage_desc"],
        cylinders=int(row["no_cylinders"]),
        litres=float(row["engine_displacement"]),
        city_mpg=int(row["city_mpg"]),
        highway_mpg=int(row["hwy_mpg"]),
        combined_mpg=int(row["comb_mpg"]),
    )


class CarGuide:
    def __init__(self, cars: Sequence[Car]) -> None:
        self._cars = cars
        self._makes = {tuple(words(car.make)): car.make for car in cars} | {
            ("chevy",): "Chevrolet",
            ("vw",): "Volkswagen",
        }

    def answer(self, query: str) -> Reply:
        said = words(query)
        if _ELECTRIC.intersection(said):
            return Reply(f"I know no battery-electric cars. {_NOTHING.answer}", (_SOURCE,))
        makes = [make for key, make in self._makes.items() if contains(said, list(key))]
        cars = [car for car in self._cars if not makes or car.make in makes]
        if models := _of_model(cars, said, bool(makes)):
            return _compared(models) if len({car.model for car in models[:SHOWN]}) > 1 else _details(models)
        found, described = _narrowed(cars, said)
        if not (described or makes or _CAR_WORDS.intersection(said)):
            return _NOTHING
        return _ranked(found, " ".join([*makes, *described]), query.lower(), said)


def _of_model(cars: Sequence[Car], said: Sequence[str], make_is_said: bool) -> list[Car]:
    """Cars whose model the question names; a model that is a common word needs its make beside it."""
    best: list[Car] = []
    longest = 0
    spoken = set(said)
    for car in cars:
        model = words(car.model)
        if model[0] not in spoken:
            continue
        run = max((size for size in range(1, len(model) + 1) if contains(said, model[:size])), default=0)
        is_plain = run == 1 and (len(model[0]) < 3 or model[0] in STOPWORDS | _CAR_WORDS or model[0].isdigit())
        if not run or (is_plain and not (make_is_said and model[0] not in _CAR_WORDS)):
            continue
        if run > longest:
            best, longest = [], run
        if run == longest:
            best.append(car)
    return sorted(best, key=lambda car: (len(words(car.model)), -car.combined_mpg))


def _narrowed(cars: Sequence[Car], said: Sequence[str]) -> tuple[list[Car], list[str]]:
    """Keep what fits every condition that is said; *SUVs* adds nothing once *small SUVs* is known."""
    found = list(cars)
    described: list[str] = []
    for phrase, description, fits in _CONDITIONS:
        is_known = any(known.endswith(description) for known in described)
        if contains(said, phrase.split()) and not is_known:
            described.append(description)
            found = [car for car in found if fits(car)]
    return found, described


def _ranked(found: Sequence[Car], described: str, query: str, said: Sequence[str]) -> Reply:
    if bound := _AT_LEAST.search(query):
        found = [car for car in found if car.combined_mpg >= int(bound[1])]
    if not found:
        return Reply(f"No car of model year 2021 that I know fits: {described or 'this'}.", (_SOURCE,))
    text = " ".join(said)
    is_thirsty = any(phrase in text for phrase in _THIRSTY)
    if any(phrase in text for phrase in _BIG_ENGINE):
        order, ranked = "with the largest engines", sorted(found, key=lambda car: -car.litres)
    elif is_thirsty:
        order, ranked = "with the lowest mpg", sorted(found, key=lambda car: car.combined_mpg)
    else:
        order, ranked = "with the best fuel economy", sorted(found, key=lambda car: -car.combined_mpg)
    best = _first_of_each(ranked)
    among = f"Among the {described} of model year 2021" if described else "Among the cars of model year 2021"
    verb = "one" if len(best) == 1 else "ones"
    prose = [f"{among}, the {verb} {order} {'is' if len(best) == 1 else 'are'} {listed(car.name for car in best)}."]
    prose += [_sentence(car) for car in best]
    if _BEYOND.intersection(said):
        prose.append(_NO_PRICES)
    return _reply(prose, best)


def _details(found: Sequence[Car]) -> Reply:
    """One model, with the other engines and gearboxes that it is sold with."""
    first, *others = found
    prose = [
        _sentence(first),
        f"The EPA counts the {first.name} in the class {first.kind.lower()}.",
        f"Its fuel is {first.fuel.lower()} and its drive is {first.drive.lower()}.",
    ]
    if others:
        low, high = min(car.combined_mpg for car in found), max(car.combined_mpg for car in found)
        prose.append(f"The {len(found)} versions of it range from {low} to {high} mpg combined.")
    return _reply(prose, [first])


def _compared(found: Sequence[Car]) -> Reply:
    best = _first_of_each(found)
    opening = f"The models that fit are {listed(car.name for car in best)}."
    return _reply([opening, *(_sentence(car) for car in best)], best)


def _first_of_each(ranked: Sequence[Car]) -> list[Car]:
    """The first version of each model, so that one model does not fill the answer."""
    best: dict[str, Car] = {}
    for car in ranked:
        best.setdefault(car.name, car)
    return list(best.values())[:SHOWN]


def _sentence(car: Car) -> str:
    return (
        f"The {car.name} of 2021 gets {car.combined_mpg} mpg combined, {car.city_mpg} in the city and "
        f"{car.highway_mpg} on the highway, with {car.cylinders} cylinders and {car.litres:g} litres."
    )


def _reply(prose: Sequence[str], found: Sequence[Car]) -> Reply:
    return Reply(" ".join(prose), (_SOURCE,), {"models": [car.name for car in found]})
