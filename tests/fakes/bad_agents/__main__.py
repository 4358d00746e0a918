"""`python -m tests.fakes.bad_agents CANARY`: all bad agents in a process of their own, until its input ends.

It prints one line of JSON: the agents' origins by their names, and whose certificates those with TLS have.
"""

import asyncio
import json
import sys

from tests.fakes.bad_agents import BAD_AGENTS
from tests.fakes.bad_agents.doors import standing
from tests.fakes.certificates import Authority


async def main(canary: str) -> None:
    authority = Authority()
    async with standing(list(BAD_AGENTS.values()), authority, canary) as origins:
        print(json.dumps({"origins": origins, "authority": authority.pem}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
