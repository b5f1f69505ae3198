// Every behaviour, each bound by its data- attributes; money.js first, since others count with it.
import "./money.js";
import "./charts.js";
import "./copy.js";
import "./dialogs.js";
import "./folds.js";
import "./guess.js";
import "./keys.js";
import "./menus.js";
import "./messages.js";
import "./once.js";
import "./rows.js";
import "./selection.js";
import "./sets.js";
import "./suggest.js";
import "./sums.js";
import "./tidy.js";
import "./totals.js";
