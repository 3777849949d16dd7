/** What a reader trusts, and the validator sets that follow: `anchor.py` and `handover.py` of `ledger/evidence`. */

import { toHex } from "./bytes.ts";
import { HEADER_VERSION, headerId, sealSeats, setHash, verifySeal } from "./chain.ts";
import { LedgerError } from "./errors.ts";
import { writeJson } from "./json.ts";
import { checkGenesis, genesisValidators, networkId } from "./genesis.ts";
import type { Evidence, Genesis, Handover, Header, Seal, Validator, ValidatorSet } from "./model.ts";
import type { Anchor } from "./run.ts";

/** Genesis documents that were found sound: the parts of a package share one, which has hundreds of keys. */
const sound = new WeakSet<Genesis>();

/** First height of each set, rising. */
export type Timeline = readonly (readonly [number, ValidatorSet])[];

function wrong(reason: string, field: string): LedgerError {
  return new LedgerError("evidence", reason, field);
}

/** The set of a height; throws for heights before the anchor. */
export function setAt(timeline: Timeline, height: number): ValidatorSet {
  const known = timeline.filter(([start]) => start <= height).at(-1);
  if (known === undefined) throw wrong(`block ${height} is older than the block you trust`, "headers");
  return known[1];
}

/** The first height, the set that seals it, and a sentence on the anchor. */
export function anchoredSet(evidence: Evidence, anchor: Anchor): [number, ValidatorSet, string] {
  if ("height" in anchor) return fromCheckpoint(evidence, anchor);
  if (evidence.network !== anchor.network) {
    const short = (id: string): string => `${id.slice(0, 16)}…`;
    throw wrong(`made for network ${short(evidence.network)}, you trust ${short(anchor.network)}`, "network");
  }
  if (evidence.checkpoint !== undefined) {
    throw wrong("made for a verifier who trusts a checkpoint: give that checkpoint", "checkpoint");
  }
  if (evidence.genesis !== undefined && networkId(evidence.genesis) !== anchor.network) {
    throw wrong("the enclosed genesis document is another network's", "genesis");
  }
  const genesis = anchor.genesis ?? evidence.genesis;
  if (genesis === undefined) {
    throw wrong(
      "you gave only the genesis hash and the file does not carry the document: give the genesis file",
      "genesis",
    );
  }
  if (!sound.has(genesis)) checkGenesis(genesis);
  sound.add(genesis);
  const id = anchor.network.slice(0, 16);
  const sentence = `The network is the one you trust: ${genesis.name} (${id}…), from its genesis.`;
  return [1, genesisValidators(genesis), sentence];
}

function fromCheckpoint(
  evidence: Evidence,
  anchor: { height: number; blockId: string },
): [number, ValidatorSet, string] {
  if (evidence.genesis !== undefined && networkId(evidence.genesis) !== evidence.network) {
    throw wrong("the enclosed genesis document is another network's", "genesis");
  }
  const checkpoint = evidence.checkpoint;
  if (checkpoint === undefined) {
    throw wrong(
      `the file does not lead from a checkpoint: ask for evidence from block ${anchor.height}`,
      "checkpoint",
    );
  }
  const { header, validators } = checkpoint;
  if (header.height !== anchor.height || toHex(headerId(header)) !== anchor.blockId) {
    throw wrong("the enclosed checkpoint is not the block you trust", "checkpoint");
  }
  if (header.version !== HEADER_VERSION) {
    throw wrong("the checkpoint's header version is not known here", "checkpoint");
  }
  if (header.network !== evidence.network) {
    throw wrong("the checkpoint belongs to another network", "checkpoint");
  }
  if (setHash(validators) !== header.next_validators_hash) {
    throw wrong("not the validator set that the checkpoint commits to", "checkpoint.validators");
  }
  const sentence = `The network leads from the block you trust: ${anchor.height}, sealed at ${header.time_ms}.`;
  return [anchor.height + 1, validators, sentence];
}

/** The timeline of sets from the anchor on, each change sealed by the set before it. */
export function followChanges(
  evidence: Evidence,
  start: number,
  first: ValidatorSet,
  verified?: Set<string>,
): Timeline {
  const timeline: [number, ValidatorSet][] = [[start, first]];
  for (const handover of evidence.set_changes ?? []) {
    const height = handover.header.height;
    const field = `set_changes.${height}`;
    const before = setAt(timeline, height);
    const change = restore(handover, evidence.network, before, field);
    try {
      checkSealed(change.header, change.seal, timeline, evidence.network, field, verified);
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== "signature") throw error;
      const reason = "the seal is not on this change: it is altered, of another network or to another set";
      throw wrong(reason, field);
    }
    if (change.header.next_validators_hash === change.header.validators_hash) {
      throw wrong("the header hands over to the same validator set", field);
    }
    timeline.push([height + 1, change.after]);
  }
  return timeline;
}

/** The full change that follows from a handover and the set before it; its seal is still to be verified. */
function restore(
  handover: Handover,
  network: string,
  before: ValidatorSet,
  field: string,
): { header: Header; seal: Seal; after: ValidatorSet } {
  const after = { validators: handover.seats.map((seat) => seated(seat, before, field)) };
  const header: Header = {
    ...handover.header,
    version: HEADER_VERSION,
    network,
    validators_hash: setHash(before),
    next_validators_hash: setHash(after),
  };
  const seal = { ...handover.seal, height: header.height, block_id: toHex(headerId(header)) };
  return { header, seal, after };
}

function seated(seat: number | Validator, before: ValidatorSet, field: string): Validator {
  if (typeof seat !== "number") {
    if (before.validators.some((one) => one.organisation === seat.organisation && one.bls_key === seat.bls_key)) {
      throw wrong(`${seat.organisation} stays, so its place is to be given`, field);
    }
    return seat;
  }
  const stays = before.validators[seat];
  if (stays === undefined) {
    throw wrong(`the set before has ${before.validators.length} seats, not place ${seat}`, field);
  }
  return stays;
}

/** The organisations that sealed a header, a quorum of its height's set; throws otherwise. */
export function checkSealed(
  header: Header,
  seal: Seal | undefined,
  timeline: Timeline,
  network: string,
  field: string,
  verified?: Set<string>,
): string[] {
  const set = setAt(timeline, header.height);
  if (header.version !== HEADER_VERSION) {
    throw wrong(`header version ${header.version} is not known here`, field);
  }
  if (header.network !== network) throw wrong("the header belongs to another network", field);
  if (header.validators_hash !== setHash(set)) {
    throw wrong("the header names another validator set than its height has", field);
  }
  if (seal === undefined) throw wrong("the header has no seal", field);
  if (seal.height !== header.height || seal.block_id !== toHex(headerId(header))) {
    throw wrong("the seal is on another block", field);
  }
  const known = `${network}/${header.validators_hash}/${writeJson(seal)}`;
  if (verified?.has(known) !== true) verifySeal(seal, network, set);
  verified?.add(known);
  return sealSeats(seal, set).map((seat) => set.validators[seat]!.organisation);
}

