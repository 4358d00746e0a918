"""What this process has seen of agents in the last moments, before the store has counted it."""

from collections.abc import Iterable
from datetime import datetime

from oqtopus.domain.agents import Agent, AgentId
from oqtopus.domain.circuits import OPEN_AFTER_FAILURES, SHORTEST_REST, CircuitState


class Breaker:
    """Opens an agent's circuit here at once, for the shortest rest; by its end all instances know of the failures.

    It also gives out the turns of agents on probation: one call of this process at a time.
    """

    def __init__(self) -> None:
        self._rows: dict[AgentId, tuple[int, datetime]] = {}
        self._turns: set[AgentId] = set()

    def state(self, agent: Agent, now: datetime) -> CircuitState:
        row, last_at = self._rows.get(agent.id, (0, now))
        if row >= OPEN_AFTER_FAILURES and now < last_at + SHORTEST_REST:
            return CircuitState.OPEN
        return agent.health.circuit.state(now)

    def saw(self, agent: Agent, now: datetime, *, is_good: bool) -> None:
        """A call to the agent, as it was read before that call, has ended."""
        # What is older is in the store by now, and so in the agents that are read from it.
        self._rows = {known: row for known, row in self._rows.items() if now < row[1] + SHORTEST_REST}
        if is_good:
            self._rows.pop(agent.id, None)
        else:
            row, _ = self._rows.get(agent.id, (0, now))
            self._rows[agent.id] = (max(row, agent.health.failures_in_a_row) + 1, now)

    def takes_turn(self, agent_id: AgentId) -> bool:
        """Whether the agent was free; who takes the turn gives it back."""
        is_free = agent_id not in self._turns
        self._turns.add(agent_id)
        return is_free

    def give_back(self, agent_ids: Iterable[AgentId]) -> None:
        self._turns.difference_update(agent_ids)
