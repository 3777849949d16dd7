/** Inclusion in the log: RFC 9162 sections 2.1.1 and 2.1.3.2, as in `ledger/merkle.py`. */

import { concat, equal } from "./bytes.ts";
import { LedgerError } from "./errors.ts";
import { sha256 } from "./hashing.ts";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(data: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, data));
}

/** Throws `proof` unless the leaf hash is entry `index` of the log of `size` entries with this root. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): void {
  if (index >= size) throw new LedgerError("proof", `a log of ${size} entries has no entry ${index}`, "index");
  let total = leaf;
  // Positions pass 2^32, beyond JavaScript's bit operations: halves are taken by division.
  let [position, last] = [index, size - 1];
  for (const sibling of path) {
    if (last === 0) throw new LedgerError("proof", "the path is too long", "path");
    if (position % 2 === 1 || position === last) {
      total = sha256(concat(NODE, sibling, total));
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      total = sha256(concat(NODE, total, sibling));
    }
    [position, last] = [half(position), half(last)];
  }
  if (last !== 0) throw new LedgerError("proof", "the path is too short", "path");
  if (!equal(total, root)) throw new LedgerError("proof", "the path does not lead to the root", "path");
}

function half(value: number): number {
  return Math.floor(value / 2);
}
