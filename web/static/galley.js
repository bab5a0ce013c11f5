// What the pages do beside fixi, which loads parts of them: times in the browser's own zone, keys, selection, the count-down
// of a decision that can be taken back. Every act is a form, and works without this file.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// Times

function localTimes(root) {
  for (const one of $$("time[datetime]:not([data-local-time])", root)) {
    const at = new Date(one.getAttribute("datetime"));
    if (isNaN(at)) continue;
    one.dataset.localTime = "";
    one.title = one.textContent;
    one.textContent = at.toLocaleString(undefined, {
      day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
      ...(at.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" }),
    });
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  for (const one of $$("[data-zone]", root)) one.value = zone;
  for (const one of $$("[data-zone-name]", root)) one.textContent = zone;
  for (const one of $$("input[data-local]", root)) {
    // The server wrote it in UTC.
    const at = new Date(one.defaultValue + ":00Z");
    if (isNaN(at)) continue;
    one.value = new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
    one.removeAttribute("data-local");
  }
}

// A page that shows what is no more

let isDirty = false;
document.addEventListener("input", (event) => {
  if (event.target.form?.method === "post") isDirty = true;
});

// Until the answer to a form comes, the page is still there. What is pressed meanwhile on another form is sent beside it: a browser
// goes one way alone, and drops the other, unsent if the network is slow. The same form pressed twice is sent once.
const sent = new Set();
// At the window: other scripts have had their say by then.
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  // Of files, only the browser itself shows how far they are; a page takes none along when it goes.
  const isUpload = form.enctype === "multipart/form-data";
  const isBeside = sent.size && !isUpload;
  if (isBeside || sent.has(form)) event.preventDefault();
  if (sent.has(form)) return;
  sent.add(form);
  // An answer that does not come, or no page, leaves the person here. The server takes an upload for as long.
  const guard = setTimeout(() => sent.delete(form), isUpload ? 900000 : 5000);
  // What is sent beside can still fail, and then its words are not to be lost.
  isDirty = Boolean(isBeside);
  if (!isBeside) return;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  // More than 64 kB outlive no page.
  const keepalive = body.toString().length < 60000;
  fetch(form.action, { method: "POST", body, redirect: "manual", keepalive }).then((answer) => {
    if (answer.type !== "opaqueredirect" && !answer.ok) throw answer;
    isDirty = false;
  }).catch(() => {
    clearTimeout(guard);
    sent.delete(form);
    isDirty = true;
    const said = document.createElement("p");
    said.className = "told";
    said.textContent = "That was not sent: press it again.";
    $("#told").replaceChildren(said);
    said.scrollIntoView({ block: "nearest" });
  });
});
// Of a page that comes back from the browser's memory, everything may be sent again.
addEventListener("pageshow", (event) => { if (event.persisted) sent.clear(); });

function takeNews() {
  const news = $("#news [data-reload]");
  if (!news) return;
  $("#news").removeAttribute("data-every");
  // What somebody is typing is not thrown away: they are told, and load the page themselves.
  if (!isDirty && !sent.size && !$("dialog[open]")) location.reload();
}

// The count-down of a pending decision

const pending = $("[data-pending]");
if (pending) {
  let seconds = Number(pending.dataset.pending);
  setInterval(() => {
    seconds = Math.max(0, seconds - 1);
    const shown = $("[data-seconds]", pending);
    if (shown) shown.textContent = seconds;
  }, 1000);
}

// A page on which something is about to happen by itself

const again = $("[data-again]");
if (again) {
  setInterval(() => {
    if (!isDirty && !sent.size) location.reload();
  }, 1000 * Number(again.dataset.again));
}

// The list

const rows = () => $$("[data-rows] [data-row]");
const current = () => $("[data-row].is-on");

function goTo(row) {
  if (!row) return;
  current()?.classList.remove("is-on");
  row.classList.add("is-on");
  $("a", row).focus();
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const post = $("[data-post]");
  if (post) {
    const to = by > 0 ? post.dataset.next : post.dataset.previous;
    if (to) location.assign(to);
    return;
  }
  const all = rows();
  const at = all.indexOf(current());
  goTo(all[Math.min(all.length - 1, Math.max(0, at + by))] ?? all[0]);
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row) return;
  current()?.classList.remove("is-on");
  row.classList.add("is-on");
});

function countSelected() {
  const button = $("[data-bulk]");
  if (!button) return;
  const count = $$("[data-row] input:checked").length;
  button.disabled = !count;
  button.textContent = count ? `Look at ${count} selected` : "Look at the selected posts";
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    for (const box of $$("[data-row] input[type=checkbox]")) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-all], [data-row] input")) countSelected();
  if (event.target.matches("[data-keys]")) {
    localStorage.setItem("keys", event.target.checked ? "on" : "off");
  }
});

// Facts: from the mark in the text to its passage, and back

document.addEventListener("click", (event) => {
  const mark = event.target.closest("mark[data-fact]");
  if (mark) {
    const passage = $(`[data-passage="${mark.dataset.fact}"]`, mark.closest("section"));
    passage?.scrollIntoView({ block: "center" });
    passage?.animate?.([{ background: "var(--tint)" }, {}], 1500);
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    open(document.getElementById(opener.dataset.opens));
  }
  if (event.target.closest("[data-help]")) $("#help").showModal();
  if (event.target.closest("[data-add-item]")) addItem(event.target.closest("form"));
});

function addItem(form) {
  const last = $$("[data-items] .field", form).at(-1);
  const one = last.cloneNode(true);
  const area = $("textarea", one);
  area.value = "";
  last.after(one);
  $$("[data-items] .field > span", form).forEach((name, n) => {
    name.textContent = `Post ${n + 1} of the thread`;
  });
  area.focus();
}

function open(details) {
  if (!details) return;
  // One form at a time: it stands first in its column.
  for (const other of $$("details.asked[open]")) other.open = other === details;
  details.open = true;
  (details.querySelector("textarea, input:not([type=hidden])") ?? details).focus({ preventScroll: true });
  bring(details);
}

function bring(details) {
  const at = details.getBoundingClientRect();
  if (at.top < 60 || at.bottom > innerHeight) details.scrollIntoView({ block: "start" });
}

// An open form goes to the head of its column: whoever opened it further below is taken along.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".asked[open]")) bring(event.target);
}, true);

// Keys

const usesKeys = () => localStorage.getItem("keys") !== "off";
const box = $("[data-keys]");
if (box) box.checked = usesKeys();

function press(key) {
  const button = $(`[data-key="${key}"]:not(:disabled)`);
  if (button) button.click();
  else open($(`[data-open-key="${key}"]`));
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing || !usesKeys() || $("dialog[open]")) return;
  const row = current();
  switch (event.key) {
    case "j": step(1); break;
    case "k": step(-1); break;
    case "i": location.assign($("[data-post]")?.dataset.inbox ?? "/"); break;
    case "/": $("#words")?.focus(); break;
    case "?": $("#help")?.showModal(); break;
    case "x": {
      const one = row && $("input[type=checkbox]", row);
      if (!one) return;
      one.click();
      break;
    }
    case "a": case "e": case "n": case "r": case "u":
      if (row && !$("[data-post]")) location.assign($("a", row).href + "#" + event.key);
      else press(event.key);
      break;
    default: return;
  }
  event.preventDefault();
});

// From the inbox with a key: the post is opened at that act; an approval still needs its own press.
const asked = location.hash.slice(1);
if (asked.length === 1 && $("[data-post]")) {
  const button = $(`[data-key="${asked}"]`);
  if (button) button.focus();
  else open($(`[data-open-key="${asked}"]`));
}

// Without a connection the browser shows a notice of ours

navigator.serviceWorker?.register("/sw.js").catch(() => {});

// The server lays out days in the zone of this browser

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`zone=${zone}`)) document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;

// Parts of a page: fixi asks for them on events, of which these are ours: typed, due

window.fixiCfg = { swap: "innerHTML", transition: 0 };

let typing;
document.addEventListener("input", (event) => {
  const asks = event.target.closest("[fx-trigger=typed]");
  clearTimeout(typing);
  if (asks) typing = setTimeout(() => asks.dispatchEvent(new Event("typed")), 250);
});

const asServed = (field) =>
  field.options ? ([...field.options].find((one) => one.defaultSelected) ?? field.options[0]).selected : field.value === field.defaultValue;

// A person may type before this file has arrived: nobody heard it, so ask now.
document.addEventListener("DOMContentLoaded", () => {
  for (const one of $$("[fx-trigger=typed]")) {
    if (![...one.querySelectorAll("input, select, textarea")].every(asServed)) one.dispatchEvent(new Event("typed"));
  }
});

for (const one of $$("[data-every]")) {
  setInterval(() => {
    if (one.dataset.every) one.dispatchEvent(new Event("due"));
  }, 1000 * one.dataset.every);
}

document.addEventListener("fx:init", (event) => {
  if (event.target.hasAttribute("data-once")) event.detail.options.once = true;
});
document.addEventListener("fx:config", ({ detail: { cfg, requests } }) => {
  cfg.headers["X-CSRF-Token"] = document.body.dataset.csrf;
  // The latest words count, not those that are still being asked about.
  for (const one of requests) one.abort();
  cfg.drop = false;
});
document.addEventListener("fx:after", (event) => {
  const { response } = event.detail.cfg;
  if (response.status === 401) location.assign("/sign-in");
  if (response.status !== 200) event.preventDefault();
});
document.addEventListener("fx:swapped", (event) => {
  if (event.target.matches?.("[data-in-address]")) {
    const asked = new URLSearchParams(new FormData(event.target));
    for (const [name, value] of [...asked]) if (!value) asked.delete(name);
    history.replaceState(null, "", asked.size ? `/?${asked}` : "/");
  }
  localTimes(document);
  countSelected();
  takeNews();
});

localTimes(document);
countSelected();
document.documentElement.dataset.ready = "";
