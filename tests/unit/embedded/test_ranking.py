from datetime import UTC, datetime

import pytest

from oqtopus.adapters.embedded.classifier import Classifier
from oqtopus.adapters.embedded.encoder import MiniLM
from oqtopus.adapters.embedded.head import Head
from oqtopus.adapters.embedded.likeness import Likeness
from oqtopus.adapters.embedded.ranking import ranked
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentStatus

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def agent(name: str, description: str, *categories: str) -> Agent:
    return Agent(
        id=AgentId(name),
        owner_id=AccountId("owner"),
        orchestrator_id="oqtopus",
        name=name,
        url="https://agent.example",
        categories=categories,
        description=description,
        is_public=True,
        status=AgentStatus.ACTIVE,
        key_version="1",
        public_key_pem="",
        created_at=NOW,
        changed_at=NOW,
    )


SUSHI = agent("Sakura", "Japanese restaurant with sushi and ramen", "Restaurant")
PIZZA = agent("Napoli", "Wood-fired pizza and pasta", "Restaurant")
DENTIST = agent("Smile", "Dental practice for families", "Dentist")


@pytest.fixture(params=["with MiniLM", "TF-IDF alone"])
def tools(request: pytest.FixtureRequest, trained_head: Head, encoder: MiniLM) -> tuple[Classifier, Likeness]:
    own = encoder if request.param == "with MiniLM" else None
    return Classifier(trained_head, own), Likeness(trained_head.tfidf, own)


def test_the_description_decides_within_a_category(tools: tuple[Classifier, Likeness]) -> None:
    assert ranked("where can I eat pizza", [SUSHI, PIZZA], *tools) == [PIZZA, SUSHI]


def test_the_category_outweighs_the_description(tools: tuple[Classifier, Likeness]) -> None:
    claims = agent("Toothache restaurant", "my tooth hurts, where can I eat", "Restaurant")

    assert ranked("I have a toothache", [PIZZA, claims, DENTIST], *tools)[0] == DENTIST


def test_equal_agents_keep_their_order(tools: tuple[Classifier, Likeness]) -> None:
    assert ranked("anything at all", [SUSHI, SUSHI, SUSHI], *tools) == [SUSHI, SUSHI, SUSHI]


@pytest.mark.parametrize("agents", [[], [SUSHI]])
def test_fewer_than_two_agents_need_no_ranking(agents: list[Agent], tools: tuple[Classifier, Likeness]) -> None:
    assert ranked("sushi", agents, *tools) == agents


def test_an_agent_without_description_or_known_category_is_ranked_too(tools: tuple[Classifier, Likeness]) -> None:
    assert ranked("sushi tonight", [agent("", ""), SUSHI], *tools)[0] == SUSHI


def test_the_best_of_very_many_agents_comes_first(tools: tuple[Classifier, Likeness]) -> None:
    others = [agent(f"Grill {number}", "Steaks and ribs", "Restaurant") for number in range(100)]

    order = ranked("where can I get sushi", [*others, SUSHI], *tools)

    assert order[0] == SUSHI
    assert len(order) == 101
