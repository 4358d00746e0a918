from pathlib import Path

import pytest

from infra.demo import films
from infra.demo.cars import CarGuide
from infra.demo.cars import load as load_cars
from infra.demo.movies import FilmGuide
from infra.demo.python_docs import Reference
from tests.unit.demo.signing import Caller


@pytest.fixture(scope="session")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    keys_dir: Path = tmp_path_factory.mktemp("authorized_keys")
    return Caller.trusted_in(keys_dir)


@pytest.fixture(scope="session")
def film_guide() -> FilmGuide:
    return FilmGuide(films.load())


@pytest.fixture(scope="session")
def reference() -> Reference:
    return Reference()


@pytest.fixture(scope="session")
def car_guide() -> CarGuide:
    return CarGuide(load_cars())
