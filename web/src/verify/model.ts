/** The evidence file as types, field by field as in `ledger/evidence/model.py`. */

import type { JsonObject } from "./json.ts";

export type Header = Readonly<{
  version: number;
  rules_version: number;
  network: string;
  height: number;
  time_ms: number;
  parent: string;
  parent_seal_hash: string;
  proposer: string;
  log_size_before: number;
  log_size: number;
  log_root: string;
  state_root: string;
  validators_hash: string;
  next_validators_hash: string;
}>;

export type HandoverHeader = Omit<
  Header,
  "version" | "network" | "validators_hash" | "next_validators_hash"
>;

export type Seal = Readonly<{
  height: number;
  round: number;
  block_id: string;
  signers: string;
  signature: string;
}>;

export type Validator = Readonly<{ organisation: string; bls_key: string }>;

export type ValidatorSet = Readonly<{ validators: readonly Validator[] }>;

export type StateProof = Readonly<{
  bitmap: string;
  siblings: readonly string[];
  other?: Readonly<{ key_hash: string; record_hash: string }>;
}>;

export type SealedHeader = Readonly<{ header: Header; seal?: Seal }>;

export type Handover = Readonly<{
  header: HandoverHeader;
  seal: Pick<Seal, "round" | "signers" | "signature">;
  seats: readonly (number | Validator)[];
}>;

export type ProvenEntry = Readonly<{
  statement: string;
  key: string;
  index: number;
  height: number;
  path: readonly string[];
}>;

export type ProvenRecord = Readonly<{ value: JsonObject; height: number; proof: StateProof }>;

export type Numbering = Readonly<{ signature: string; carrier: JsonObject; proof: StateProof }>;

export type Contents = Readonly<{ salt: string; document: string; numbering?: Numbering }>;

export type FieldDisclosure = Readonly<{ sd_jwt: string; member: JsonObject; proof: StateProof }>;

export type GenesisKey = Readonly<{ name: string; key: string }>;

export type GenesisOrganisation = Readonly<{
  id: string;
  name: string;
  roles: readonly string[];
  jurisdiction?: string;
  numbering_key?: string;
  numbering_possession?: string;
  contents_key?: string;
  members: readonly GenesisKey[];
  nodes?: readonly GenesisKey[];
}>;

export type Genesis = Readonly<{
  version: number;
  name: string;
  time_ms: number;
  rules_version: number;
  parameters: JsonObject;
  validators: readonly (Validator & Readonly<{ possession: string }>)[];
  organisations: readonly GenesisOrganisation[];
}>;

export type Evidence = Readonly<{
  format: "sealane-evidence";
  version: number;
  network: string;
  subject: string;
  headers: readonly SealedHeader[];
  entries?: readonly ProvenEntry[];
  record?: ProvenRecord;
  set_changes?: readonly Handover[];
  genesis?: Genesis;
  checkpoint?: Readonly<{ header: Header; validators: ValidatorSet }>;
  contents?: Contents;
  disclosed?: FieldDisclosure;
}>;
