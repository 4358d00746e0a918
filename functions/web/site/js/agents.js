// The member's own agents.

import { byId, show } from "./dom.js";
import { inWords } from "./forms.js";
import { read, requireMember } from "./session.js";
import "./shell.js";
import { showTiles } from "./tiles.js";

if (requireMember()) {
  read("/v1/agents?owner=me")
    .then(({ agents }) => {
      byId("none").hidden = agents.length > 0;
      showTiles(byId("tiles"), agents, true);
    })
    .catch((failure) => show(byId("trouble"), inWords(failure)));
}
