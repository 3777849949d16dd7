/** A package as people see it: the verdict, each record of the consignment, and what is not there. */

import { packageVerdict, type PackageReport } from "../verify/package.ts";
import { isIncomplete } from "../verify/package.ts";
import { written } from "../verify/json.ts";
import { el } from "./dom.ts";
import { asOf } from "./findings.ts";
import type { Judgement, PackageJudgement } from "./judgement.ts";
import { answers, checkList, contents, grid, SIGNS, signOf } from "./result.ts";
import { say, stateSaid } from "./texts.ts";

/** What stands beneath the verdict; contents only where every part is proven. */
export function packageSections({ whole, parts }: PackageJudgement, nowMs: number): HTMLElement[] {
  const found = [listOf(parts, nowMs)];
  const newest = [...parts].flatMap(({ judgement }) => judgement.report.header ?? []);
  const oldest = newest.sort((a, b) => a.height - b.height)[0];
  if (oldest !== undefined) found.unshift(el("p", {}, asOf(oldest, nowMs)));
  if (whole.missing.length > 0) found.push(keys(say("pack_missing"), whole.missing));
  if (whole.open.length > 0) found.push(keys(say("pack_open"), whole.open));
  if (whole.leftOut.length > 0) {
    const rows = whole.leftOut.map(({ subject, what, reason }) => [subject, say("left_out_" + what), reason]);
    found.push(grid(say("pack_left_out"), [say("column_record"), say("column_what"), say("column_why")], rows));
  }
  return found;
}

/** One sentence on the whole. */
export function packageHeadline({ whole, verdict, unknown, stale, parts }: PackageJudgement): string {
  if (parts.length === 0) return say("said_bad_file");
  const failed = parts.find(({ judgement }) => judgement.verdict === "not_verified");
  if (failed !== undefined) return say("pack_bad", { subject: failed.subject, reason: say("said_bad_" + failed.judgement.failed) });
  if (verdict === "not_verified") return say("pack_bad", { subject: whole.missing[0] ?? "", reason: say("pack_is_missing") });
  if (unknown !== null) return say("said_unknown");
  if (stale) return say("said_stale");
  return isIncomplete(whole) ? say("pack_incomplete") : say("pack_verified");
}

/** Whether to ask for more is the advice, where nothing else is amiss. */
export function lacks({ whole, unknown, stale }: PackageJudgement): boolean {
  return unknown === null && !stale && isCautious(whole);
}

function isCautious(whole: PackageReport): boolean {
  return packageVerdict(whole) === "caution";
}

function listOf(parts: PackageJudgement["parts"], nowMs: number): HTMLElement {
  const title = say("pack_title", { count: parts.length });
  return el("section", { "aria-label": title }, el("h3", {}, title), ...parts.map((part) => partOf(part, nowMs)));
}

/** A record in one line; what is known of it is built when it is opened, since there may be hundreds. */
function partOf({ subject, fault, judgement }: PackageJudgement["parts"][number], nowMs: number): HTMLElement {
  const mark = signOf(judgement.verdict);
  const { number, record } = judgement.report;
  const state = judgement.open ? record?.["state"] : undefined;
  const details = el(
    "details",
    { class: "part", "data-part": subject },
    el(
      "summary",
      { class: mark },
      el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[mark]),
      el(
        "span",
        {},
        judgement.open && number !== "" ? `${number} ` : null,
        el("code", {}, subject),
        " ",
        el("span", { class: "mark" }, say("mark_" + mark)),
        state === undefined ? null : ` ${stateSaid(written(state))}`,
        fault === "" || mark === "caution" ? null : el("span", { lang: "en" }, ` ${fault}.`),
      ),
    ),
  );
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(...inside(judgement, nowMs));
  });
  return details;
}

function inside(judgement: Judgement, nowMs: number): HTMLElement[] {
  const { verdict, open } = judgement;
  return [
    ...(verdict === "not_verified" ? [] : [answers(judgement, nowMs)]),
    ...(open ? contents(judgement) : []),
    checkList(judgement),
  ];
}

function keys(title: string, all: readonly string[]): HTMLElement {
  return el("section", {}, el("h3", {}, title), el("ul", { class: "networks" }, ...all.map((key) => el("li", {}, el("code", {}, key)))));
}
