/** The part of a served page that asks its node for evidence: by an id that is typed, pasted or scanned. */

import { textOf } from "../verify/bytes.ts";
import { hasCamera, idIn, idOnPhoto, scan } from "./codes.ts";
import { button, el, replace } from "./dom.ts";
import { say } from "./texts.ts";

/** The node that serves the page, and where it has what the page may ask for. */
export type Node = Readonly<{ network: string; name: string; evidence: string; scanner: string; demo: string }>;

/** The part; `take` gets the evidence, with a name for it. */
export function askingPart(node: Node, take: (data: Uint8Array, name: string) => void): HTMLElement {
  const input = el("input", { id: "record", type: "text", autocomplete: "off", spellcheck: "false", maxlength: "300" });
  const note = el("p", { id: "record-note", role: "status" });
  const ask = async (text: string): Promise<void> => {
    const id = idIn(text);
    if (id === null) {
      replace(note, say("no_id"));
      return;
    }
    input.value = id;
    replace(note, say("checking"));
    const found = await evidenceOf(node, id);
    if (typeof found === "string") replace(note, say("not_given", { reason: found }));
    else {
      replace(note);
      take(found, `${id.replaceAll("/", "-")}.evidence.json`);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void ask(input.value);
  };
  return el(
    "form",
    { class: "card", submit },
    el("label", { for: "record" }, say("paste_label")),
    el("p", { class: "row" }, input, el("button", {}, say("fetch"))),
    el("p", { class: "soft" }, say("paste_example")),
    el("div", { class: "row" }, hasCamera() ? camera(node, ask, note) : null, photo(node, ask, note)),
    hasCamera() ? null : el("p", { class: "soft" }, say("scan_https")),
    note,
  );
}

function camera(node: Node, ask: (id: string) => Promise<void>, note: HTMLElement): HTMLElement {
  const place = el("div", { class: "camera" });
  const start = button(
    say("scan"),
    () => {
      const stop = new AbortController();
      const video = el("video", { playsinline: true, muted: true });
      replace(note);
      replace(place, video, button(say("scan_stop"), () => stop.abort(), true));
      scan(node.scanner, video, stop.signal)
        .then((id) => (id === null ? undefined : ask(id)))
        .catch(() => replace(note, say("scan_no_camera")))
        .finally(() => replace(place, start));
    },
    true,
  );
  place.append(start);
  return place;
}

/** For whoever has no camera here, or does not let the page use it. */
function photo(node: Node, ask: (id: string) => Promise<void>, note: HTMLElement): HTMLElement {
  const input = el("input", {
    id: "photo",
    type: "file",
    accept: "image/*",
    class: "unseen",
    change: () => {
      const file = input.files?.[0];
      input.value = "";
      if (file === undefined) return;
      replace(note, say("checking"));
      idOnPhoto(node.scanner, file)
        .catch(() => null)
        .then((id) => (id === null ? replace(note, say("scan_no_code")) : ask(id)));
    },
  });
  return el("div", {}, input, el("label", { for: "photo", class: "button quiet" }, say("scan_photo")));
}

/** Evidence of a record from the node that serves the page, or why there is none. */
async function evidenceOf(node: Node, id: string): Promise<Uint8Array | string> {
  try {
    const path = id.split("/").map(encodeURIComponent).join("/");
    const response = await fetch(`${node.evidence}${path}`, { headers: { accept: "application/json" } });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    if (response.status === 401) return say("sign_in_first");
    return reasonIn(new Uint8Array(await response.arrayBuffer()));
  } catch {
    return say("no_answer");
  }
}

/** The sentence of a problem document (RFC 9457). */
function reasonIn(data: Uint8Array): string {
  try {
    const { detail } = JSON.parse(textOf(data, "")) as { detail?: unknown };
    return typeof detail === "string" ? detail : say("no_answer");
  } catch {
    return say("no_answer");
  }
}
