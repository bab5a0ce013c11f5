// Keeps one page: the notice that the server cannot be reached. Nothing of a post is ever kept.
"use strict";

const KEPT = "galley-offline-1";
const FILES = ["/offline", "/static/galley.css", "/static/icon.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((one) => one !== KEPT).map((one) => caches.delete(one))));
  const preloads = self.registration.navigationPreload?.enable();
  event.waitUntil(Promise.all([old, preloads]).then(() => self.clients.claim()));
});

// What needs a person, from the server by the browser's push service
self.addEventListener("push", (event) => {
  const { title, tag, path } = event.data.json();
  const more = { tag, data: path, icon: "/static/icon-192.png", badge: "/static/icon-192.png" };
  event.waitUntil(self.registration.showNotification(String(title), more));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  // A page of ours, whatever the message says.
  const to = new URL(String(event.notification.data), self.location.origin);
  event.waitUntil(self.clients.openWindow(to.origin === self.location.origin ? to.href : "/"));
});

// The browser's own request for a page: it tells the server that somebody followed a link. A request of this worker
// does not, and what another site asks without a link is refused.
const navigated = async (event) => (await event.preloadResponse) ?? fetch(event.request);

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const path = new URL(event.request.url).pathname;
  if (event.request.mode === "navigate") event.respondWith(navigated(event).catch(() => caches.match("/offline")));
  else if (FILES.includes(path)) event.respondWith(fetch(event.request).catch(() => caches.match(path)));
});
