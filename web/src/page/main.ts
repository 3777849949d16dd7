/**
 * The verify page: what it is given, it judges on this device and shows.
 *
 * The same program runs in two places. In the offline file it stands alone. In a page that a node
 * serves, the element with the id `verify` names the node's network, and the page can also ask that
 * node for evidence by a record's id, and read the id from a printed code.
 */

import { decodeBase64Url, textOf } from "../verify/bytes.ts";
import { MAX_EVIDENCE_BYTES } from "../verify/parse.ts";
import { idIn, scan, whyNoScan } from "./codes.ts";
import { button, el, replace } from "./dom.ts";
import { judge } from "./judgement.ts";
import { labOn } from "./lab.ts";
import { resultOf, type Shown } from "./result.ts";
import { chooseLanguage, chosenLanguage, recall, trust } from "./trust.ts";
import { trustPart } from "./trusting.ts";
import { currentLanguage, isReviewed, LANGUAGES, say, speak } from "./texts.ts";

/** The demo document, which the build puts in here: evidence in base64url, and its network. */
declare const DEMO: { evidence: string; network: string };

type Node = Readonly<{ network: string; name: string; evidence: string }>;
type Given = Readonly<{ data: Uint8Array; name: string; anyway?: string }>;

class VerifyPage {
  private given: Given | null = null;
  private readonly result = el("div", { id: "outcome", "aria-live": "polite" });

  constructor(
    private readonly root: HTMLElement,
    /** The node that serves the page; null in the offline file. */
    private readonly node: Node | null,
  ) {}

  draw(): void {
    document.documentElement.lang = currentLanguage();
    document.title = say("title");
    replace(
      this.root,
      this.node === null ? this.languages() : null,
      el("h1", {}, say("title")),
      el("p", { class: "lead" }, this.node === null ? say("lead") : say("lead_node")),
      this.fileInput(),
      this.node === null ? null : this.idInput(this.node),
      this.result,
      trustPart(this.node, () => this.show()),
      isReviewed() || this.node !== null ? null : el("p", { class: "soft" }, say("not_reviewed")),
    );
    this.show();
  }

  private languages(): HTMLElement {
    const options = LANGUAGES.map(([code, name]) =>
      el("option", { value: code, lang: code, selected: code === currentLanguage() }, name),
    );
    const choose = (event: Event): void => {
      const code = (event.target as HTMLSelectElement).value;
      chooseLanguage(code);
      speak(code);
      this.draw();
      document.getElementById("language")?.focus();
    };
    return el(
      "p",
      { class: "language" },
      el("label", { for: "language" }, say("language")),
      " ",
      el("select", { id: "language", change: choose }, ...options),
    );
  }

  private fileInput(): HTMLElement {
    const input = el("input", {
      id: "file",
      type: "file",
      accept: ".json,application/json",
      class: "unseen",
      change: () => {
        const file = input.files?.[0];
        input.value = "";
        if (file !== undefined) void this.read(file);
      },
    });
    const over = (on: boolean) => (event: Event): void => {
      event.preventDefault();
      zone.classList.toggle("over", on);
    };
    const zone = el(
      "div",
      {
        class: "drop card",
        dragover: over(true),
        dragleave: over(false),
        drop: (event) => {
          over(false)(event);
          const file = (event as DragEvent).dataTransfer?.files[0];
          if (file !== undefined) void this.read(file);
        },
      },
      el("p", {}, say("drop")),
      el(
        "p",
        { class: "row" },
        input,
        el("label", { for: "file", class: "button" }, say("choose")),
        button(say("demo"), () => this.take(this.demo()), true),
      ),
    );
    return zone;
  }

  private demo(): Given {
    const data = decodeBase64Url(DEMO.evidence, "demo");
    return { data, name: "demo.evidence.json", anyway: DEMO.network };
  }

  private idInput(node: Node): HTMLElement {
    const input = el("input", { id: "record", type: "text", autocomplete: "off", spellcheck: "false", maxlength: "300" });
    const note = el("p", { id: "record-note", role: "status" });
    const fetchIt = async (text: string): Promise<void> => {
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
        this.take({ data: found, name: `${id.replaceAll("/", "-")}.evidence.json` });
      }
    };
    const submit = (event: Event): void => {
      event.preventDefault();
      void fetchIt(input.value);
    };
    return el(
      "form",
      { class: "card", submit },
      el("label", { for: "record" }, say("paste_label")),
      el("p", { class: "row" }, input, el("button", {}, say("fetch"))),
      el("p", { class: "soft" }, say("paste_example")),
      this.scanning((id) => void fetchIt(id), note),
      note,
    );
  }

  private scanning(found: (id: string) => void, note: HTMLElement): HTMLElement {
    const why = whyNoScan();
    if (why !== null) return el("p", { class: "soft" }, why === "scan_https" ? say("scan_https") : say("scan_unable"));
    const place = el("div", { class: "camera" });
    const start = button(say("scan"), () => {
      const stop = new AbortController();
      const video = el("video", { playsinline: true, muted: true });
      replace(place, video, button(say("scan_stop"), () => stop.abort(), true));
      scan(video, stop.signal)
        .then((id) => {
          if (id !== null) found(id);
        })
        .catch(() => replace(note, say("scan_no_camera")))
        .finally(() => replace(place, start));
    }, true);
    place.append(start);
    return place;
  }

  private async read(file: File): Promise<void> {
    if (file.size > MAX_EVIDENCE_BYTES) {
      this.given = null;
      replace(this.result, el("p", { class: "bad" }, say("not_a_file")));
      return;
    }
    this.take({ data: new Uint8Array(await file.arrayBuffer()), name: file.name });
  }

  private take(given: Given): void {
    this.given = given;
    replace(this.result, el("p", {}, say("checking")));
    // The browser paints before the device computes: an old phone needs a second for the seals.
    requestAnimationFrame(() => setTimeout(() => this.show(true)));
  }

  /** Show what is found of the file, if there is one. */
  private show(fresh = false): void {
    if (this.given === null) return;
    const { data, name, anyway } = this.given;
    const nowMs = Date.now();
    const shown: Shown = { judgement: judge(data, nowMs, anyway), data, name, nowMs, isDemo: anyway !== undefined };
    const trustIt = (id: string, called: string): void => {
      trust(id, called);
      this.draw();
    };
    const result = resultOf(shown, trustIt);
    const lab = labOn(data, (changed) => judge(changed, nowMs, anyway));
    replace(this.result, result, lab);
    if (fresh) result.focus();
  }
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

const root = document.getElementById("verify")!;
const { network, networkName: name = "", evidence = "" } = root.dataset;
recall();
if (network === undefined) speak(...[chosenLanguage() ?? [], ...navigator.languages].flat());
else speak(document.documentElement.lang);
new VerifyPage(root, network === undefined ? null : { network, name, evidence }).draw();
