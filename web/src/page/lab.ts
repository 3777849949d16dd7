/** The tamper lab: change one letter of a file, and see which check turns red. */

import { decodeBase64Url, encodeBase64Url, textOf, utf8 } from "../verify/bytes.ts";
import { isObject, type Json, type JsonObject, MAX_DOCUMENT_DEPTH, parseJson, writeJson } from "../verify/json.ts";
import { button, el, replace } from "./dom.ts";
import type { Judged } from "./judgement.ts";
import { checkList } from "./result.ts";
import { say } from "./texts.ts";

/** Most text that is shown for changing by hand. */
const MAX_TEXT_BYTES = 200_000;

type Part = Readonly<{ path: readonly (string | number)[]; inBase64?: true }>;

/** Parts of a file by their name in the texts; the first that a file has is the one changed. */
const PARTS: Readonly<Record<string, readonly Part[]>> = {
  document: [{ path: ["contents", "document"], inBase64: true }, { path: ["disclosed", "sd_jwt"] }],
  record: [{ path: ["record", "value", "state"] }, { path: ["record", "value", "contents"] }],
  statement: [{ path: ["entries", 0, "statement"] }],
  key: [{ path: ["entries", 0, "key"] }],
  path: [{ path: ["entries", 0, "path", 0] }, { path: ["record", "proof", "siblings", 0] }],
  header: [{ path: ["headers", 0, "header", "time_ms"] }],
  seal: [{ path: ["headers", 0, "seal", "signature"] }],
  signers: [{ path: ["headers", 0, "seal", "signers"] }],
};

/** The lab on a file; `judge` says what the page would say of changed bytes. */
export function labOn(original: Uint8Array, judge: (data: Uint8Array) => Promise<Judged>): HTMLElement {
  const choice = el(
    "select",
    { id: "lab-part" },
    ...Object.keys(PARTS).map((name) => el("option", { value: name }, say("lab_" + name))),
  );
  const text = el("textarea", { id: "lab-text", rows: "8", spellcheck: "false", autocomplete: "off" });
  const found = el("div", { id: "lab-found", "aria-live": "polite" }, el("p", {}, say("lab_before")));
  text.value = shownText(original);

  const examine = async (data: Uint8Array, note: string): Promise<void> => {
    replace(found, el("p", {}, say("checking")));
    const judged = await judge(data).catch(() => null);
    if (judged === null || "parts" in judged) {
      replace(found, el("p", {}, say("not_judged")));
      return;
    }
    const { failed, stale } = judged;
    const noticed = failed !== null && !stale;
    replace(
      found,
      note === "" ? null : el("p", {}, note),
      el("p", { class: noticed ? "bad" : "" }, noticed ? say("lab_found", { check: failed }) : say("lab_unnoticed")),
      checkList(judged),
    );
  };
  const change = (): void => {
    const changed = changedPart(utf8(text.value), PARTS[choice.value] ?? []);
    if (changed === null) {
      replace(found, el("p", {}, say("lab_absent")));
      return;
    }
    text.value = shownText(changed.data);
    const { before, after } = changed;
    void examine(changed.data, say("lab_changed", { what: say("lab_" + choice.value), before, after }));
  };
  const restore = (): void => {
    text.value = shownText(original);
    replace(found, el("p", {}, say("lab_before")));
  };

  return el(
    "details",
    { id: "lab" },
    el("summary", {}, say("lab_title")),
    el("p", {}, say("lab_lead")),
    el(
      "p",
      { class: "row" },
      el("label", { for: "lab-part" }, say("lab_what")),
      choice,
      button(say("lab_change"), change),
      button(say("lab_restore"), restore, true),
    ),
    el("p", {}, el("label", { for: "lab-text" }, say("lab_text"))),
    text,
    el("p", { class: "row" }, button(say("lab_check"), () => void examine(utf8(text.value), ""), true)),
    found,
  );
}

function shownText(data: Uint8Array): string {
  try {
    return textOf(data.subarray(0, MAX_TEXT_BYTES), "");
  } catch {
    return "";
  }
}

type Changed = Readonly<{ data: Uint8Array; before: string; after: string }>;

/** The file with one letter of the first part that it has changed, and that part before and after. */
function changedPart(data: Uint8Array, parts: readonly Part[]): Changed | null {
  try {
    return changedIn(parseJson(data, MAX_DOCUMENT_DEPTH), parts);
  } catch {
    return null; // The reader may have changed it into what is no file, or a part into what is no base64url.
  }
}

function changedIn(file: Json, parts: readonly Part[]): Changed | null {
  for (const { path, inBase64 } of parts) {
    const holder = path.slice(0, -1).reduce<Json | undefined>(inner, file);
    const name = path.at(-1)!;
    const value = inner(holder, name);
    if (holder === undefined || (typeof value !== "string" && typeof value !== "number")) continue;
    const spelled = String(value);
    const before = inBase64 ? textOf(decodeBase64Url(spelled, ""), "") : spelled;
    const after = withOneLetterChanged(before);
    const changed = inBase64 ? encodeBase64Url(utf8(after)) : after;
    (holder as JsonObject)[name] = typeof value === "number" ? Number(changed) : changed;
    return { data: utf8(writeJson(file)), ...around(before, after) };
  }
  return null;
}

function inner(value: Json | undefined, name: string | number): Json | undefined {
  if (Array.isArray(value) && typeof name === "number") return value[name];
  return isObject(value) ? value[name] : undefined;
}

const KINDS = ["0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** The text with a letter or digit near its middle turned into the next of its kind. */
function withOneLetterChanged(text: string): string {
  for (let step = 0; step < text.length; step++) {
    const place = (Math.floor(text.length / 2) + step) % text.length;
    const letter = text[place] ?? "";
    const kind = KINDS.find((letters) => letters.includes(letter));
    if (kind === undefined) continue;
    const next = kind[(kind.indexOf(letter) + 1) % kind.length] ?? "";
    return text.slice(0, place) + next + text.slice(place + 1);
  }
  return text;
}

/** What stands around the first difference of two texts, before and after. */
function around(before: string, after: string): { before: string; after: string } {
  const place = Math.max(0, [...before].findIndex((letter, at) => letter !== after[at]));
  const [start, end] = [Math.max(0, place - 12), place + 12];
  return { before: `…${before.slice(start, end)}…`, after: `…${after.slice(start, end)}…` };
}
