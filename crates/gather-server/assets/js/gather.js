// What scripts add to pages that work without them. Each part looks for what it is about, and does nothing elsewhere.

import "./fields.js";
import "./keys.js";
import "./stories.js";
import "./editor.js";
import "./plots.js";
import "./live.js";
