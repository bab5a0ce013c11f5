// Notifications on this device: asks the browser for an address at its push service, and tells ours.
"use strict";

const csrf = () => ({ "X-CSRF-Token": document.body.dataset.csrf });

async function tell(address, fields) {
  const answer = await fetch(address, { method: "POST", headers: csrf(), body: new URLSearchParams(fields) });
  if (!answer.ok) throw new Error(answer.status === 400 ? await answer.text() : "The server did not take it.");
}

async function show(form, trouble = "") {
  const can = "PushManager" in window && Notification.permission !== "denied";
  const manager = can && (await navigator.serviceWorker.ready).pushManager;
  const one = manager && (await manager.getSubscription());
  form.querySelector("[data-push-state]").textContent = trouble ||
    (one ? "Notifications are on for this device." : can ? "Notifications are off for this device." :
      "This browser cannot show notifications here: it needs https, and your permission.");
  for (const button of form.querySelectorAll("button")) button.hidden = !can || (button.value === "on") === Boolean(one);
  return manager;
}

async function change(form, isOn) {
  const { pushManager } = await navigator.serviceWorker.ready;
  if (isOn) {
    const key = form.dataset.push.replace(/-/g, "+").replace(/_/g, "/");
    const applicationServerKey = Uint8Array.from(atob(key), (one) => one.charCodeAt(0));
    const one = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
    const { endpoint, keys } = one.toJSON();
    const titles = form.elements.titles.checked ? { titles: "on" } : {};
    await tell("/account/push", { endpoint, ...keys, ...titles }).catch((error) => one.unsubscribe().then(() => { throw error; }));
  } else {
    const one = await pushManager.getSubscription();
    if (!one) return;
    await tell("/account/push/end", { endpoint: one.endpoint });
    await one.unsubscribe();
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-push]");
  if (!form) return;
  event.preventDefault();
  const trouble = await change(form, event.submitter?.value === "on").then(() => "", (error) => error.message);
  show(form, trouble);
});
document.addEventListener("fx:swapped", () => {
  const form = document.querySelector("[data-push]");
  if (form) show(form);
});
