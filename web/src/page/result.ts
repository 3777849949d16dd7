/** A judgement as people see it: the verdict, five answers, what to do, and what was proven. */

import { sha256 } from "../verify/hashing.ts";
import { isObject, type Json, type JsonObject, written } from "../verify/json.ts";
import { toHex } from "../verify/bytes.ts";
import type { Outcome } from "../verify/report.ts";
import { button, el } from "./dom.ts";
import { findings, type Mark, moment } from "./findings.ts";
import type { Judged, Judgement } from "./judgement.ts";
import { lacks, packageHeadline, packageSections } from "./packaged.ts";
import { say } from "./texts.ts";
import { grouped } from "./trust.ts";

export const SIGNS: Record<Mark, string> = { passed: "✓", failed: "✗", caution: "!", open: "–" };
const MAX_ROWS = 400;

export type Shown = Readonly<{
  judged: Judged;
  data: Uint8Array;
  name: string;
  nowMs: number;
  isDemo: boolean;
}>;

/** The whole result; `trustIt` is called when the reader says that the file's network is trusted. */
export function resultOf(shown: Shown, trustIt: (id: string, name: string) => void): HTMLElement {
  const { judged, nowMs } = shown;
  const { verdict } = judged;
  return el(
    "section",
    { id: "result", "aria-labelledby": "verdict", tabindex: "-1" },
    el(
      "div",
      { class: `verdict ${verdict}` },
      el("h2", { id: "verdict" }, el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[signOf(verdict)]), say("verdict_" + verdict)),
      el("p", {}, headline(judged)),
      shown.isDemo ? el("p", {}, say("demo_shown")) : null,
    ),
    verdict === "not_verified" || "parts" in judged ? null : answers(judged, nowMs),
    el("div", { class: "card" }, el("h3", {}, say("do_title")), el("p", {}, advice(judged)), unknownNetwork(judged, trustIt)),
    verdict === "not_verified" ? el("p", { class: "soft" }, say("hidden")) : null,
    ...("parts" in judged ? packageSections(judged, nowMs) : evidenceSections(judged)),
    el("p", { class: "printed" }, say("report_of", { file: shown.name, time: moment(nowMs) })),
    el("p", { class: "soft" }, say("report_digest", { digest: toHex(sha256(shown.data)) })),
    el("p", { class: "row" }, button(say("print"), () => print(), true)),
  );
}

function evidenceSections(judgement: Judgement): HTMLElement[] {
  const checks = checkList(judgement);
  return [...(judgement.open ? contents(judgement) : []), el("details", {}, el("summary", {}, say("all_checks")), checks)];
}

export function signOf(verdict: Judgement["verdict"]): Mark {
  return ({ verified: "passed", caution: "caution", not_verified: "failed" } as const)[verdict];
}

function headline(judged: Judged): string {
  if ("parts" in judged) return packageHeadline(judged);
  const { verdict, unknown, failed } = judged;
  if (verdict === "verified") return say("said_verified");
  if (verdict === "not_verified") return say("said_bad_" + failed);
  return unknown === null ? say("said_stale") : say("said_unknown");
}

function advice(judged: Judged): string {
  const { verdict, unknown } = judged;
  if ("parts" in judged && lacks(judged)) return say("do_incomplete");
  if (verdict !== "caution") return verdict === "verified" ? say("do_verified") : say("do_not_verified");
  return unknown === null ? say("do_stale") : say("do_unknown");
}

export function answers(judgement: Judgement, nowMs: number): HTMLElement {
  const items = findings(judgement, nowMs).map(({ question, mark, sentences }) =>
    el(
      "li",
      { class: mark },
      el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[mark]),
      el(
        "div",
        {},
        el("h3", {}, question, " ", el("span", { class: "mark" }, say("mark_" + mark))),
        ...sentences.map((sentence) => el("p", {}, sentence)),
      ),
    ),
  );
  return el("ol", { class: "answers" }, ...items);
}

function unknownNetwork(judgement: Judged, trustIt: (id: string, name: string) => void): HTMLElement | null {
  const { unknown } = judgement;
  if (unknown === null || judgement.verdict === "not_verified") return null;
  return el(
    "div",
    {},
    el("p", {}, unknown.name === "" ? null : el("strong", {}, unknown.name), " ", el("code", { class: "fingerprint" }, grouped(unknown.id))),
    el("p", { class: "soft" }, say("hidden_unknown")),
    button(say("trust_add"), () => trustIt(unknown.id, unknown.name), true),
  );
}

/**
 * The checks one by one, in the verifier's own words. What they found in a file of a network that the reader does
 * not trust is not told: anybody may have made all of it, the network's name included.
 */
export function checkList({ report, stale, unknown }: Judgement): HTMLElement {
  const items = report.checks.map(({ name, outcome, sentence }) => {
    const mark = markOf(outcome, stale, unknown !== null && name === "anchor");
    const isTold = unknown === null || outcome !== "passed";
    return el(
      "li",
      { class: mark, "data-check": name },
      el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[mark]),
      el(
        "div",
        {},
        el("strong", {}, name), " ", el("span", { class: "mark" }, say("mark_" + mark)),
        isTold ? el("p", { lang: "en" }, sentence) : null,
      ),
    );
  });
  return el("ol", { class: "checks" }, ...items);
}

function markOf(outcome: Outcome, stale: boolean, doubtful: boolean): Mark {
  if (outcome === "failed") return stale ? "caution" : "failed";
  if (outcome === "passed") return doubtful ? "caution" : "passed";
  return "open";
}

export function contents({ report }: Judgement): HTMLElement[] {
  const parts: HTMLElement[] = [];
  if (report.record !== null) parts.push(table(say("record_title"), rowsOf(report.record)));
  if (report.document !== null) parts.push(table(say("contents_title"), shownOf(report, report.document)));
  if (report.statements.length > 0) {
    const rows = report.statements.map((one) => {
      const by = one.on_behalf_of === null ? one.issuer : `${one.issuer} (${one.on_behalf_of})`;
      return [one.act, by, moment(one.time_ms)];
    });
    parts.push(grid(say("statements_title"), [say("column_act"), say("column_by"), say("column_when")], rows));
  }
  return parts;
}

function table(title: string, rows: string[][]): HTMLElement {
  return grid(title, [say("column_field"), say("column_value")], rows);
}

export function grid(title: string, columns: readonly string[], rows: readonly string[][]): HTMLElement {
  const more = rows.length - MAX_ROWS;
  const lines = rows.slice(0, MAX_ROWS).map(([first = "", ...rest]) =>
    el("tr", {}, el("th", { scope: "row" }, ...breakable(first)), ...rest.map((cell) => el("td", {}, cell))),
  );
  const head = el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, name)));
  return el(
    "section",
    {},
    el("h3", {}, title),
    el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": title }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...lines))),
    more > 0 ? el("p", { class: "soft" }, say("more_rows", { count: more })) : null,
  );
}

/** A name that a line may end within, between its words. */
function breakable(name: string): (Node | string)[] {
  return name.split(/(?<=[._])|(?<=[a-z])(?=[A-Z])/).flatMap((word, place) => (place === 0 ? [word] : [el("wbr"), word]));
}

/** What is shown of a document. Of single fields the places are true; in what they are put together to, lists close up. */
function shownOf({ discloser, fields }: Judgement["report"], document: JsonObject): string[][] {
  return discloser === "" ? rowsOf(document) : fields.map(([path, value]) => [path.join("."), written(value)]);
}

/** Each value in an object with the way to it, such as `goods.0.weight`; a block time also as people read it. */
function rowsOf(value: JsonObject): string[][] {
  const rows: string[][] = [];
  const walk = (one: Json, path: string): void => {
    const inner = Array.isArray(one) ? [...one.entries()] : isObject(one) ? Object.entries(one) : [];
    if (inner.length === 0) {
      const isTime = path.endsWith("_ms") && typeof one === "number";
      rows.push([path, isTime ? `${written(one)} (${moment(one)})` : written(one)]);
    }
    for (const [name, next] of inner) walk(next, path === "" ? String(name) : `${path}.${name}`);
  };
  walk(value, "");
  return rows;
}
