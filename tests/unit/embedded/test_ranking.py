from datetime import UTC, datetime

import pytest

from oqtopus.adapters.embedded.classifier import Classifier
from oqtopus.adapters.embedded.encoder import MiniLM
from oqtopus.adapters.embedded.head import Head
from oqtopus.adapters.embedded.likeness import Likeness
from oqtopus.adapters.embedded.ranking import MOST_READ, relevance
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


Tools = tuple[Classifier, Likeness]


def best(question: str, agents: list[Agent], tools: Tools) -> Agent:
    return agents[int(relevance(question, agents, *tools).argmax())]


def test_the_description_decides_within_a_category(tools: Tools) -> None:
    assert best("where can I eat pizza", [SUSHI, PIZZA], tools) == PIZZA


def test_the_category_outweighs_the_description(tools: Tools) -> None:
    claims = agent("Toothache restaurant", "my tooth hurts, where can I eat", "Restaurant")

    assert best("I have a toothache", [PIZZA, claims, DENTIST], tools) == DENTIST


def test_equal_agents_fit_equally_well(tools: Tools) -> None:
    first, *others = relevance("anything at all", [SUSHI, SUSHI, SUSHI], *tools)

    assert others == pytest.approx([first, first], abs=1e-6)


def test_what_an_agent_is_worth_hardly_depends_on_who_else_is_there(tools: Tools) -> None:
    alone = relevance("where can I eat pizza", [PIZZA], *tools)

    assert relevance("where can I eat pizza", [PIZZA, SUSHI, DENTIST], *tools)[0] == pytest.approx(alone[0])


@pytest.mark.parametrize("agents", [[], [SUSHI], [SUSHI, DENTIST, PIZZA]])
@pytest.mark.parametrize("question", ["sushi", "?", "Which stars are the oldest?"])
def test_each_agent_has_a_score_from_0_to_1(agents: list[Agent], question: str, tools: Tools) -> None:
    scores = relevance(question, agents, *tools)

    assert len(scores) == len(agents)
    assert all(0.0 <= score <= 1.0 for score in scores)


def test_an_agent_without_description_or_known_category_has_a_score_too(tools: Tools) -> None:
    assert best("sushi tonight", [agent("", ""), SUSHI], tools) == SUSHI
    assert relevance("sushi tonight", [agent("", "")], *tools)[0] >= 0.0


def test_the_best_of_very_many_agents_is_found(tools: Tools) -> None:
    others = [agent(f"Grill {number}", "Steaks and ribs", "Restaurant") for number in range(3 * MOST_READ)]

    assert best("where can I get sushi", [*others, SUSHI], tools) == SUSHI
