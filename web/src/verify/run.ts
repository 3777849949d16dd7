/** One verification under way: the file, what the reader trusts, and what the checks established so far. */

import type { Timeline } from "./anchor.ts";
import { LedgerError } from "./errors.ts";
import type { Evidence, Genesis, Header } from "./model.ts";
import type { Path, ProvenStatement } from "./report.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Statement } from "./statement.ts";

/** What the verifier trusts: a network from its genesis, or a later block. */
export type Anchor =
  | Readonly<{ network: string; genesis?: Genesis }>
  | Readonly<{ height: number; blockId: string }>;

/** What the reader needs the evidence to say; in `value`, `a|b` accepts either. */
export type Expectation = Readonly<{ field: string; value: string }>;

export type Demands = Readonly<{
  anchor: Anchor;
  expect?: readonly Expectation[];
  maxAgeMs?: number;
  nowMs?: number;
  /** Seals that were verified, where several files are: they share headers, and an old phone needs a second for one. */
  verified?: Set<string>;
}>;

export class Run {
  timeline: Timeline | null = null;
  readonly headers = new Map<number, Header>();
  signers: string[] = [];
  readonly statements: ProvenStatement[] = [];
  readonly parsed: Statement[] = [];
  record: JsonObject | null = null;
  document: JsonObject | null = null;
  number = "";
  fields: (readonly [Path, Json])[] = [];
  discloser = "";

  constructor(
    readonly evidence: Evidence,
    readonly demands: Demands,
  ) {}

  /** The newest header that was shown to be sealed. */
  newest(): Header {
    return this.headers.get(Math.max(...this.headers.keys()))!;
  }

  /** Which set seals which height, once the anchor is established. */
  sets(): Timeline {
    if (this.timeline === null) {
      throw new LedgerError("evidence", "the anchor was not established", "network");
    }
    return this.timeline;
  }
}
