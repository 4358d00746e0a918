from infra.demo.manifest import AGENTS


def test_ports_and_names_are_distinct() -> None:
    assert len({agent.port for agent in AGENTS}) == len({agent.name for agent in AGENTS}) == len(AGENTS)


def test_descriptions_fit_the_router() -> None:
    assert all(0 < len(agent.description) <= 300 for agent in AGENTS)
