/** That the state holds a record: `ledger/state/proof.py` and `ledger/state/nodes.py`. */

import { concat, equal, fromHex, utf8 } from "./bytes.ts";
import { LedgerError } from "./errors.ts";
import { TAGS, taggedHash } from "./hashing.ts";
import type { StateProof } from "./model.ts";

const EMPTY = new Uint8Array(32);

/** Throws `proof` unless the state with this root holds exactly `record` under `key`. */
export function verifyPresent(root: Uint8Array, key: string, record: Uint8Array, proof: StateProof): void {
  if (proof.other !== undefined) {
    throw new LedgerError("proof", "a record that is present stands where its key leads", "proof.other");
  }
  const place = taggedHash(TAGS.stateKey, utf8(key));
  const siblings = unpack(proof);
  let total = taggedHash(TAGS.stateLeaf, place, taggedHash(TAGS.stateRecord, record));
  for (let depth = siblings.length - 1; depth >= 0; depth--) {
    const sibling = siblings[depth]!;
    const right = (place[depth >> 3]! >> (7 - (depth & 7))) & 1;
    total = taggedHash(TAGS.stateNode, right ? concat(sibling, total) : concat(total, sibling));
  }
  if (!equal(total, root)) {
    throw new LedgerError("proof", "the proof does not lead to the state root", "proof");
  }
}

/** Every sibling from the root downwards, empty ones included. */
function unpack(proof: StateProof): Uint8Array[] {
  if (proof.bitmap.endsWith("00")) {
    throw new LedgerError("proof", "the bitmap ends in a byte that says nothing", "proof.bitmap");
  }
  const digits = [...proof.bitmap].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"));
  const bits = digits.join("").replace(/0+$/, "");
  const announced = bits.replaceAll("0", "").length;
  if (announced !== proof.siblings.length) {
    const reason = `the bitmap announces ${announced} siblings, the proof has ${proof.siblings.length}`;
    throw new LedgerError("proof", reason, "proof.siblings");
  }
  const given = proof.siblings.map(fromHex);
  if (given.some((sibling) => equal(sibling, EMPTY))) {
    throw new LedgerError("proof", "an empty sibling is left out, not spelled", "proof.siblings");
  }
  let next = 0;
  return [...bits].map((bit) => (bit === "1" ? given[next++]! : EMPTY));
}
