// Shows what a crop leaves of a picture, and lets it be drawn; the sliders alone do as well.
"use strict";

for (const form of document.querySelectorAll("[data-crop]")) {
  const frame = form.querySelector(".crop");
  const picture = frame.querySelector("img");
  const sides = ["left", "top", "right", "bottom"].map((name) => form.elements[name]);
  form.querySelector("[hidden]").hidden = false;

  function show() {
    for (const one of sides) one.previousElementSibling.firstElementChild.textContent = one.value;
    const [left, top, right, bottom] = sides.map((one) => `${one.value}%`);
    frame.lastElementChild.style.inset = `${top} ${right} ${bottom} ${left}`;
  }

  function cut(...parts) {
    parts.forEach((part, n) => { sides[n].value = Math.max(0, 100 * part); });
    sides[0].dispatchEvent(new Event("input", { bubbles: true }));
  }

  form.addEventListener("input", show);
  form.addEventListener("click", (event) => {
    const ratio = Number(event.target.closest("[data-ratio]")?.dataset.ratio ?? NaN);
    if (isNaN(ratio)) return;
    const own = picture.width / picture.height;
    const width = ratio && ratio < own ? (1 - ratio / own) / 2 : 0;
    const height = ratio > own ? (1 - own / ratio) / 2 : 0;
    cut(width, height, width, height);
  });

  let from = null;
  const at = ({ clientX, clientY }) => {
    const { left, top, width, height } = frame.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height].map((one) => Math.min(1, Math.max(0, one)));
  };
  frame.addEventListener("pointerdown", (event) => {
    from = at(event);
    frame.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  frame.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = at(event);
    const [x, y] = [0, 1].map((n) => [from[n], to[n]].sort((a, b) => a - b));
    if (x[1] - x[0] > 0.05 && y[1] - y[0] > 0.05) cut(x[0], y[0], 1 - x[1], 1 - y[1]);
  });
  frame.addEventListener("pointerup", () => { from = null; });
}
