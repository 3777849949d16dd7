/** The five questions of an officer, answered from a report, always in the same order. */

import type { CheckName } from "../verify/report.ts";
import { written } from "../verify/json.ts";
import type { Header } from "../verify/model.ts";
import type { Judgement } from "./judgement.ts";
import { say, stateSaid } from "./texts.ts";

export type Mark = "passed" | "failed" | "caution" | "open";

export type Finding = Readonly<{ question: string; mark: Mark; sentences: readonly string[] }>;

/** The checks that answer each question. */
const QUESTIONS = [
  ["whose", ["signature", "number"]],
  ["unaltered", ["file", "contents", "fields"]],
  ["ledger", ["log", "record"]],
  ["sealed", ["anchor", "validators", "seal"]],
  ["current", ["expected", "age"]],
] as const satisfies readonly (readonly [string, readonly CheckName[]])[];

export function findings(judgement: Judgement, nowMs: number): Finding[] {
  return QUESTIONS.map(([name, checks]) => {
    const mark = markOf(judgement, name, checks);
    const answered = mark === "passed" || (mark === "caution" && judgement.report.header !== null);
    return {
      question: say("ask_" + name),
      mark,
      sentences: answered && judgement.open ? ANSWERS[name](judgement, nowMs) : [],
    };
  });
}

function markOf(judgement: Judgement, name: string, checks: readonly CheckName[]): Mark {
  if (name === "sealed" && judgement.unknown !== null && judgement.failed === null) return "caution";
  const outcomes = judgement.report.checks.filter((check) => checks.some((one) => one === check.name));
  if (outcomes.some((check) => check.outcome === "failed")) return judgement.stale ? "caution" : "failed";
  // A question is answered only when all of its checks were made.
  return outcomes.length === checks.length && judgement.verdict !== "not_verified" ? "passed" : "open";
}

const ANSWERS: Record<(typeof QUESTIONS)[number][0], (judgement: Judgement, nowMs: number) => string[]> = {
  whose: ({ report }) => {
    const last = report.statements.at(-1);
    const said = [
      report.number === ""
        ? say("whose_subject", { subject: report.subject })
        : say("whose_number", { number: report.number }),
    ];
    if (last !== undefined) {
      const { issuer, act, on_behalf_of: principal } = last;
      said.push(
        principal === null ? say("whose_signed", { issuer, act }) : say("whose_for", { issuer, principal, act }),
      );
    }
    if (report.discloser !== "") said.push(say("whose_shown", { member: report.discloser }));
    return said;
  },
  unaltered: ({ report }) => {
    if (report.discloser !== "") return [say("unaltered_fields")];
    return [report.document === null ? say("unaltered_file") : say("unaltered_document")];
  },
  ledger: ({ report }) => {
    const last = report.statements.at(-1);
    const said = last === undefined ? [] : [say("ledger_entry", { index: last.index, height: last.height })];
    const version = report.record?.["version"];
    if (report.record !== null) said.push(say("ledger_record", { version: version === undefined ? "-" : written(version) }));
    return said;
  },
  sealed: ({ report }) => {
    const { signers, validators, header } = report;
    if (signers.length === 0) return [say("sealed_checkpoint", { height: header?.height ?? 0 })];
    return [say("sealed_by", { count: signers.length, total: validators, names: signers.join(", ") })];
  },
  current: ({ report }, nowMs) => {
    const { header, record } = report;
    const status = record?.["state"];
    const said = [
      status === undefined ? say("current_none") : say("current_status", { status: stateSaid(written(status)) }),
    ];
    if (header !== null) said.push(asOf(header, nowMs));
    return said;
  },
};

/** As of when something is proven. */
export function asOf(header: Header, nowMs: number): string {
  const [time, age] = [moment(header.time_ms), ageOf(nowMs - header.time_ms)];
  return say("current_as_of", { height: header.height, time, age });
}

/** A block time as people read it, in UTC. */
export function moment(timeMs: number): string {
  const time = new Date(timeMs);
  return Number.isNaN(time.getTime()) ? `${timeMs} ms` : `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return say("age_seconds", { count: seconds });
  if (seconds < 7_200) return say("age_minutes", { count: Math.floor(seconds / 60) });
  if (seconds < 172_800) return say("age_hours", { count: Math.floor(seconds / 3_600) });
  return say("age_days", { count: Math.floor(seconds / 86_400) });
}
