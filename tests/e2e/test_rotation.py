"""An owner exchanges the key of a running agent, and no search in between goes without its answer."""

from collections.abc import Callable

import httpx

from tests.e2e.conftest import RunningAgent
from tests.e2e.owner import Document, install_key, register_agent, search, sign_up
from tests.fakes.system import stop

QUESTION = "Which SUV on sale at a dealership uses the least fuel?"


def test_a_key_is_exchanged_without_an_answer_lost(
    http: httpx.Client, start_agent: Callable[..., RunningAgent]
) -> None:
    running, owner = start_agent("cars"), sign_up(http)
    agent = register_agent(http, owner, running.url)
    path = f"/v1/agents/{agent['id']}"
    install_key(agent, running.keys)
    assert http.post(f"{path}/verify", headers=owner).status_code == 200
    answers = [_answer(http, owner)]

    staged = http.post(f"{path}/keys", headers=owner).json()
    too_early = http.post(f"{path}/keys/activate", headers=owner)
    answers.append(_answer(http, owner))
    new_pem = http.get(f"{path}/key.pem", params={"version": staged["keys"][1]["version"]}, headers=owner).text
    (running.keys / staged["key_file_name"]).write_text(new_pem, encoding="utf-8")
    stop(running.process)
    running = start_agent("cars")
    answers.append(_answer(http, owner))
    activated = http.post(f"{path}/keys/activate", headers=owner)
    answers.append(_answer(http, owner))

    assert too_early.status_code == 409
    assert activated.status_code == 200, activated.text
    assert [key["state"] for key in activated.json()["keys"]] == ["current", "retired"]
    assert activated.json()["public_key"] == new_pem
    assert all("mpg" in answer["result"]["answer"] for answer in answers), answers
    http.delete(path, headers=owner)


def _answer(http: httpx.Client, owner: dict[str, str]) -> Document:
    (called,) = [event["data"] for event in search(http, QUESTION, owner) if event["type"] == "agent"]
    answer: Document = called
    return answer
