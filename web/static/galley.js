// What the pages do beside htmx: times in the browser's own zone, keys, selection, the count-down
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
document.addEventListener("submit", () => { isDirty = false; });

function takeNews() {
  const news = $("#news [data-reload]");
  if (!news) return;
  $("#news").removeAttribute("hx-trigger");
  // What somebody is typing is not thrown away: they are told, and load the page themselves.
  if (!isDirty && !$("dialog[open]")) location.reload();
}

// The count-down of a decision that is held

const held = $("[data-held]");
if (held) {
  let seconds = Number(held.dataset.held);
  setInterval(() => {
    seconds = Math.max(0, seconds - 1);
    const shown = $("[data-seconds]", held);
    if (shown) shown.textContent = seconds;
  }, 1000);
}

// A page on which something is about to happen by itself

const again = $("[data-again]");
if (again) {
  setInterval(() => {
    if (!isDirty) location.reload();
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
    case "i": location.assign("/"); break;
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

localTimes(document);
countSelected();
document.documentElement.dataset.ready = "";
document.addEventListener("htmx:after:swap", () => {
  localTimes(document);
  countSelected();
  takeNews();
});
