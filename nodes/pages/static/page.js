// Comforts for pages that are complete without them: copying, and the newest block as it comes.
"use strict";

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue; // there is none on plain http to another machine
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}

const live = document.querySelector("[data-live]");
if (live && window.EventSource) {
  const height = live.querySelector("[data-tip=height]");
  const time = live.querySelector("[data-tip=time]");
  let stream = null;

  function told(event) {
    const tip = JSON.parse(event.data);
    const when = new Date(tip.time_ms).toISOString();
    height.textContent = tip.height;
    height.href = `/blocks/${tip.height}`;
    time.dateTime = when;
    time.textContent = when.slice(0, 19).replace("T", " ");
  }

  // A browser keeps few connections to one host, so a page that nobody looks at holds none.
  function follow() {
    if (document.hidden) {
      stream?.close();
      stream = null;
    } else if (!stream) {
      stream = new EventSource(live.dataset.live);
      stream.addEventListener("ready", told);
      stream.addEventListener("block", told);
    }
  }

  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => stream?.close());
  follow();
}
