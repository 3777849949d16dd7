/** Bytes to evidence: size, one canonical form, shape, order, and headers that are all referred to. */

import { LedgerError } from "./errors.ts";
import { MAX_DEPTH, parseCanonical } from "./json.ts";
import type { Evidence, Genesis } from "./model.ts";
import { anyObject, list, listOrAbsent, literal, object, type Shape, shaped, text, uint } from "./shape.ts";

/** Largest evidence file. */
export const MAX_EVIDENCE_BYTES = 8_388_608;
const MAX_GENESIS_BYTES = 1_048_576;
const MAX_SD_JWT_BYTES = 4_194_304;
const MAX_ITEMS = 1_000;
const MAX_VALIDATORS = 100;

export const hash = text(64, 64, /^[0-9a-f]{64}$/);
export const bytes = text(0, 1_400_000, /^[A-Za-z0-9_-]*$/);
export const name = text(0, 48, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
const label = text(1, 120);
const anyText = text();

const handoverHeader = {
  rules_version: uint, height: uint, time_ms: uint, parent: hash, parent_seal_hash: hash,
  proposer: anyText, log_size_before: uint, log_size: uint, log_root: hash, state_root: hash,
};
const header = object({
  ...handoverHeader, version: uint, network: hash, validators_hash: hash, next_validators_hash: hash,
});
const votes = { round: uint, signers: bytes, signature: bytes };
const seal = object({ ...votes, height: uint, block_id: hash });
const validator = object({ organisation: anyText, bls_key: bytes });
const seat: Shape = (value, field) => (typeof value === "number" ? uint : validator)(value, field);
const proof = object(
  { bitmap: text(0, 64, /^(?:[0-9a-f]{2})*$/), siblings: list(hash, 0, 256) },
  { other: object({ key_hash: hash, record_hash: hash }) },
);
const genesisKey = object({ name, key: bytes });
const parameters = object({
  statement_window_ms: uint, max_block_bytes: uint, max_block_entries: uint,
  precision_ms: uint, message_delay_ms: uint, heartbeat_ms: uint,
});
const organisation = object(
  { id: name, name: label, roles: list(anyText), members: list(genesisKey) },
  {
    jurisdiction: text(2, 2, /^[A-Z]{2}$/), numbering_key: bytes, numbering_possession: bytes,
    contents_key: bytes, nodes: listOrAbsent(genesisKey),
  },
);
export const genesisShape = object({
  version: uint, name: label, time_ms: uint, rules_version: uint, parameters,
  validators: list(object({ organisation: name, bls_key: bytes, possession: bytes })),
  organisations: list(organisation),
});
const entry = object({
  statement: bytes, key: bytes, index: uint, height: uint, path: list(hash, 0, 64),
});
const contents = object(
  { salt: bytes, document: bytes },
  { numbering: object({ signature: bytes, carrier: anyObject, proof }) },
);
export const evidenceShape = object(
  {
    format: literal("sealane-evidence"), version: uint, network: hash, subject: text(0, 200),
    headers: list(object({ header }, { seal }), 1, MAX_ITEMS),
  },
  {
    entries: listOrAbsent(entry, MAX_ITEMS),
    record: object({ value: anyObject, height: uint, proof }),
    set_changes: listOrAbsent(
      object({ header: object(handoverHeader), seal: object(votes), seats: list(seat, 0, MAX_VALIDATORS) }),
      MAX_ITEMS,
    ),
    genesis: genesisShape,
    checkpoint: object({ header, validators: object({ validators: list(validator) }) }),
    contents,
    disclosed: object({ sd_jwt: text(0, MAX_SD_JWT_BYTES), member: anyObject, proof }),
  },
);

/** The evidence that bytes encode; throws naming the field at fault. */
export function parseEvidence(data: Uint8Array): Evidence {
  const file = shaped<Evidence>(parseCanonical(data, MAX_EVIDENCE_BYTES, MAX_DEPTH), evidenceShape);
  checkEvidence(file);
  return file;
}

/** Throws unless a value that has the shape of evidence holds together. */
export function checkEvidence(file: Evidence): void {
  if (file.version !== 1) {
    throw new LedgerError("evidence", `evidence version ${file.version} is not known here`, "version");
  }
  const entries = file.entries ?? [];
  if (entries.length === 0 && file.record === undefined) {
    throw new LedgerError("evidence", "neither a statement nor a record is proven", "entries");
  }
  rising(file.headers.map((item) => item.header.height), "headers");
  rising(entries.map((item) => item.index), "entries");
  rising((file.set_changes ?? []).map((item) => item.header.height), "set_changes");
  const used = new Set(entries.map((item) => item.height));
  if (file.record !== undefined) used.add(file.record.height);
  if (used.size !== file.headers.length || file.headers.some((item) => !used.has(item.header.height))) {
    throw new LedgerError("evidence", "the headers are not exactly those that the proofs refer to", "headers");
  }
}

/** The genesis document that bytes encode, in form only: `checkGenesis` judges what it says. */
export function parseGenesis(data: Uint8Array): Genesis {
  const value = parseCanonical(data, MAX_GENESIS_BYTES, MAX_DEPTH, "genesis");
  return shaped<Genesis>(value, genesisShape, "genesis");
}

function rising(numbers: readonly number[], field: string): void {
  if (numbers.some((number, place) => place > 0 && numbers[place - 1]! >= number)) {
    throw new LedgerError("evidence", "expected rising order without repetition", field);
  }
}
