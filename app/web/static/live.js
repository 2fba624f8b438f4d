/* Keeps a page of organisers up to date: when the service says that something is different, the page is fetched again,
   and each part marked `data-live` takes its place. All who watch hear it at once, and each waits a moment of
   its own before that. Where no news can be had, the page is fetched every few seconds.
   Without this script the page refreshes itself (noscript). Nothing is stored, nothing is sent. */
"use strict";
(() => {
  const { news, again } = document.currentScript.dataset;
  const EVERY = 5000, SPREAD = 1500;
  let busy = false, more = false, timer = 0, soon = 0;

  const take = (fresh) => {
    const parts = [...document.querySelectorAll("[data-live]")];
    if (!fresh.getElementById("main")) return stop();
    if (parts.some((part) => !fresh.getElementById(part.id))) return location.reload();
    for (const part of parts) {
      const next = fresh.getElementById(part.id);
      if (part.contains(document.activeElement)) later();
      else if (part.innerHTML !== next.innerHTML) part.replaceWith(document.adoptNode(next));
    }
  };

  const look = async () => {
    if (busy) { more = true; return; }
    busy = true;
    try {
      const answer = await fetch(again, { redirect: "manual" });
      if (answer.type === "opaqueredirect") return location.reload();
      if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      else later();
    } catch { later(); } finally {
      busy = false;
      if (more) { more = false; look(); }
    }
  };

  const later = () => { clearTimeout(timer); timer = setTimeout(look, EVERY); };
  const spread = () => { clearTimeout(soon); soon = setTimeout(look, Math.random() * SPREAD); };
  const stop = () => { clearTimeout(timer); clearTimeout(soon); clearInterval(poll); stream.close(); };

  let poll = 0;
  const stream = new EventSource(news);
  stream.addEventListener("changed", spread);
  stream.addEventListener("over", () => { stop(); spread(); });
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED && !poll) { poll = setInterval(look, EVERY); look(); }
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
