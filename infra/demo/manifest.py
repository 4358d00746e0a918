"""The demo agents, as the launcher starts them and registers them through the public API."""

from dataclasses import dataclass

ORCHESTRATOR_ID = "oqtopus_demo"


@dataclass(frozen=True, slots=True)
class DemoAgent:
    """``description`` is what the router ranks agents by: at most 300 characters."""

    name: str
    title: str
    module: str
    port: int
    categories: tuple[str, ...]
    description: str
    orchestrator_id: str = ORCHESTRATOR_ID
    public: bool = True

    @property
    def url(self) -> str:
        """The base address; calls go to ``{url}/agent``."""
        return f"http://127.0.0.1:{self.port}"


AGENTS = (
    DemoAgent(
        name="movies",
        title="Film guide",
        module="infra.demo.movies",
        port=9501,
        categories=("Movie", "Film"),
        description="Finds films from 1940 to 2014 by title, director, actor, genre, country and decade, and says "
        "who made them, how critics rated them, what they earned and which Oscars they won.",
    ),
    DemoAgent(
        name="python_docs",
        title="Python documentation",
        module="infra.demo.python_docs",
        port=9502,
        categories=("Tech",),
        description="Answers Python programming questions from the documentation of the standard library and the "
        "language: which function to call, its arguments and what it does.",
    ),
    DemoAgent(
        name="cars",
        title="Fuel economy guide",
        module="infra.demo.cars",
        port=9503,
        categories=("Car Dealer", "Car Rental Agency"),
        description="Compares about 1,000 new cars, SUVs, vans and pick-ups of model year 2021 by fuel economy "
        "(mpg), make, class, drive, engine, fuel and gearbox, from US government tests.",
    ),
)
