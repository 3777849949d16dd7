/**
 * The verify page: what it is given, it judges on this device and shows.
 *
 * The same program runs in two pages. In the offline file it stands alone. In a page that a node
 * serves, the element with the id `verify` names the node's network, and the page can also ask that
 * node for evidence. A third place is the worker that judges (`judging.ts`).
 */

import { decodeBase64Url } from "../verify/bytes.ts";
import { isPackage, MAX_PACKAGE_BYTES } from "../verify/package.ts";
import { MAX_EVIDENCE_BYTES } from "../verify/parse.ts";
import { askingPart, type Node } from "./asking.ts";
import { button, el, replace } from "./dom.ts";
import type { Judged, Trusting } from "./judgement.ts";
import { Judging, serve, Stopped } from "./judging.ts";
import { labOn } from "./lab.ts";
import { resultOf } from "./result.ts";
import { chooseLanguage, chosenLanguage, maxAgeS, recall, trust, trusted } from "./trust.ts";
import { trustPart } from "./trusting.ts";
import { currentLanguage, isReviewed, LANGUAGES, say, speak } from "./texts.ts";

/** The demo document, which the build puts in here: its network, and in the offline file its evidence in base64url. */
declare const DEMO: { evidence: string; network: string };

type Given = Readonly<{ data: Uint8Array; name: string; anyway?: string }>;

class VerifyPage {
  private given: Given | null = null;
  private found: Readonly<{ judged: Judged; nowMs: number }> | null = null;
  private readonly judging = new Judging();
  private turn = 0;
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
      this.node === null
        ? el("p", { class: "soft" }, say("scan_offline"))
        : askingPart(this.node, (data, name) => this.take({ data, name })),
      this.result,
      trustPart(this.node, () => void this.check()),
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
        button(say("demo"), () => void this.demo(), true),
      ),
    );
    return zone;
  }

  private demo(): Promise<void> {
    const { node } = this;
    return this.load(async () => {
      const data =
        node === null
          ? decodeBase64Url(DEMO.evidence, "demo")
          : new Uint8Array(await (await fetch(node.demo)).arrayBuffer());
      return { data, name: "demo.evidence.json", anyway: DEMO.network };
    });
  }

  private read(file: File): Promise<void> {
    return this.load(async () => {
      // Nothing of a file is read that is larger than any package.
      const data = file.size > MAX_PACKAGE_BYTES ? null : new Uint8Array(await file.arrayBuffer());
      const tooLarge = data === null || data.length > (isPackage(data) ? MAX_PACKAGE_BYTES : MAX_EVIDENCE_BYTES);
      return tooLarge ? say("not_a_file") : { data, name: file.name };
    });
  }

  /** Take what `read` gives, or say why there is nothing; what was shown before is of another file. */
  private async load(read: () => Promise<Given | string>): Promise<void> {
    this.given = null;
    void this.check();
    const { turn } = this;
    const given = await read().catch(() => say("not_judged"));
    if (turn !== this.turn) return;
    if (typeof given === "string") replace(this.result, el("p", { class: "bad" }, given));
    else this.take(given);
  }

  private take(given: Given): void {
    this.given = given;
    void this.check(true);
  }

  /** Judge the file anew, if there is one: it is another, or the reader trusts otherwise. */
  private async check(fresh = false): Promise<void> {
    const { given } = this;
    const turn = ++this.turn;
    this.judging.stop();
    this.found = null;
    replace(this.result);
    if (given === null) return;
    const progress = el("progress", { "aria-label": say("checking"), hidden: true });
    const told = (done: number, total: number): void => {
      progress.hidden = false;
      [progress.value, progress.max] = [done, total];
    };
    const stop = button(say("stop"), () => this.judging.stop(), true);
    replace(this.result, el("p", { class: "row", id: "checking" }, el("span", {}, say("checking")), progress, stop));
    const nowMs = Date.now();
    try {
      const judged = await this.judging.ask(given.data, nowMs, trusting(given), told);
      this.found = { judged, nowMs };
      this.show(fresh);
    } catch (error) {
      // Who stopped it may have been the reader, or this page for another file.
      if (turn === this.turn) replace(this.result, el("p", {}, error instanceof Stopped ? say("stopped") : say("not_judged")));
    }
  }

  /** Show what was found of the file, if anything was. */
  private show(fresh = false): void {
    const { given, found } = this;
    if (given === null || found === null) return;
    const { data, name, anyway } = given;
    const trustIt = (id: string, called: string): void => {
      trust(id, called);
      this.draw();
      void this.check();
    };
    const result = resultOf({ ...found, data, name, isDemo: anyway !== undefined }, trustIt);
    const judge = (changed: Uint8Array): Promise<Judged> => this.judging.ask(changed, found.nowMs, trusting(given));
    replace(this.result, result, isPackage(data) ? null : labOn(data, judge));
    if (fresh) {
      // The verdict comes first, also where the result is longer than the window.
      result.focus({ preventScroll: true });
      result.scrollIntoView();
    }
  }
}

function trusting({ anyway }: Given): Trusting {
  return { networks: [...trusted().keys()], maxAgeS: maxAgeS(), anyway };
}

/** A report on paper has all checks, also those that were folded in. */
function unfoldForPrint(): void {
  let unfolded: HTMLDetailsElement[] = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll<HTMLDetailsElement>("#result > details:not([open])")];
    for (const one of unfolded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of unfolded) one.open = false;
  });
}

function start(): void {
  const root = document.getElementById("verify")!;
  const { network, networkName: name = "", evidence = "", scanner = "", demo = "" } = root.dataset;
  recall();
  unfoldForPrint();
  if (network === undefined) speak(...[chosenLanguage() ?? [], ...navigator.languages].flat());
  else speak(document.documentElement.lang);
  new VerifyPage(root, network === undefined ? null : { network, name, evidence, scanner, demo }).draw();
}

if (typeof document === "undefined") serve();
else start();
