// The reference reads without any script; this is for the head of the page.

import "./shell.js";
