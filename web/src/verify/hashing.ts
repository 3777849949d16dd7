/** SHA-256 with a domain tag for each use, as in `ledger/hashing.py`. */

import { sha256 } from "@noble/hashes/sha2.js";
import { concat, utf8 } from "./bytes.ts";

export { sha256 };

export const TAGS = {
  network: "sealane/network/1",
  statement: "sealane/statement/1",
  header: "sealane/header/1",
  validators: "sealane/validators/1",
  stateKey: "sealane/state-key/1",
  stateRecord: "sealane/state-record/1",
  stateLeaf: "sealane/state-leaf/1",
  stateNode: "sealane/state-node/1",
  vote: "sealane/vote/1",
  numbering: "sealane/numbering/1",
  billId: "sealane/bill-id/1",
  commitment: "sealane/commitment/1",
  fieldSalt: "sealane/field-salt/1",
} as const;

const PREFIXES = new Map<string, Uint8Array>();

/** SHA-256 of the joined parts in the domain of a tag. */
export function taggedHash(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  let prefix = PREFIXES.get(tag);
  if (prefix === undefined) {
    const digest = sha256(utf8(tag));
    prefix = concat(digest, digest);
    PREFIXES.set(tag, prefix);
  }
  return sha256(concat(prefix, ...parts));
}
