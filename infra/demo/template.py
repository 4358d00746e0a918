"""A whole agent to copy: put your own knowledge into ``answer``, then run ``python template.py``.

It needs ``pip install rotagent waitress``. The file ``<orchestrator_id>.pem`` that you get when you
register the agent goes into the folder KEYS_DIR. Keep it one process: the replay cache is not shared.
"""

import os

from flask import Flask, Response, jsonify, request
from rotagent import AgentAuth  # type: ignore[import-untyped]  # rotagent 0.1.0 ships no type hints.
from waitress import serve  # type: ignore[import-untyped]  # Nor does waitress.

app = Flask(__name__)
auth = AgentAuth(keys_dir=os.environ.get("KEYS_DIR", "authorized_keys"), dev_mode=False)


def answer(query: str) -> str:
    return f"This is where the answer to “{query}” goes. Write a few short sentences that can be quoted."


@app.post("/agent")
@auth.require_auth  # type: ignore[untyped-decorator]  # The same missing type hints.
def agent() -> tuple[Response, int]:
    body = request.get_json(silent=True)
    query = body.get("query") if isinstance(body, dict) else None
    if not isinstance(query, str) or not query.strip():
        return jsonify({"error": "query must be a string that is not empty"}), 400
    return jsonify({"answer": answer(query.strip())}), 200


if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(os.environ.get("PORT", "9500")), threads=1)
