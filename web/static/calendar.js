// Moves posts of the calendar: by dragging, and by keyboard (m, arrows, Enter). A form always asks before anything moves.
"use strict";

const dialog = document.getElementById("dialog");

async function ask(address) {
  const answer = await fetch(address, { headers: { "FX-Request": "true" } });
  if (answer.redirected || !answer.ok) return location.assign(address);
  dialog.innerHTML = await answer.text();
  dialog.showModal();
  dialog.querySelector("[name=at]")?.focus();
}

function askToMove(post, day) {
  return ask(`/calendar/move?post=${encodeURIComponent(post)}${day ? `&to=${day}` : ""}`);
}

dialog.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close]")) return;
  event.preventDefault();
  dialog.close();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  ask(link.href);
});

const days = () => [...document.querySelectorAll("td[data-day]")];
const mark = (day) => days().forEach((one) => one.classList.toggle("is-over", one === day));

document.addEventListener("dragstart", (event) => {
  const entry = event.target.closest?.("[data-moves]");
  if (!entry) return;
  event.dataTransfer.setData("text/x-galley-post", entry.dataset.moves);
  event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", (event) => {
  const day = event.target.closest?.("td[data-day]");
  if (!day || !event.dataTransfer.types.includes("text/x-galley-post")) return;
  event.preventDefault();
  mark(day);
});
document.addEventListener("dragend", () => mark(null));
document.addEventListener("drop", (event) => {
  const day = event.target.closest?.("td[data-day]");
  const post = event.dataTransfer.getData("text/x-galley-post");
  if (!day || !post) return;
  event.preventDefault();
  mark(null);
  askToMove(post, day.dataset.day);
});

let lifted = null;
let over = 0;
const told = document.getElementById("told");

function say(words) {
  const line = document.createElement("p");
  line.className = "vh";
  line.textContent = words;
  told.replaceChildren(line);
}

function drop() {
  lifted.classList.remove("is-lifted");
  lifted = null;
  mark(null);
}

document.addEventListener("keydown", (event) => {
  const entry = event.target.closest?.("[data-moves]");
  if (!entry || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
  const all = days();
  if (!lifted) {
    if (event.key !== "m") return;
    lifted = entry;
    over = all.indexOf(entry.closest("td"));
    entry.classList.add("is-lifted");
    say("Lifted. Arrows choose the day, Enter drops it there, Escape leaves it.");
  } else if (step) {
    over = Math.min(Math.max(over + step, 0), all.length - 1);
    say(all[over].dataset.day);
  } else if (event.key === "Enter") {
    askToMove(entry.dataset.moves, all[over].dataset.day);
    drop();
    return event.preventDefault();
  } else if (event.key === "Escape") {
    return drop();
  } else return;
  event.preventDefault();
  mark(all[over]);
});
