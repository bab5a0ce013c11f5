// What the pages do beside htmx: times in the browser's own zone, and keys.
"use strict";

function localTimes(root) {
  for (const one of root.querySelectorAll("time[datetime]")) {
    const at = new Date(one.dateTime);
    if (isNaN(at)) continue;
    one.title = one.textContent;
    one.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
}

localTimes(document);
document.addEventListener("htmx:after:swap", () => localTimes(document));
