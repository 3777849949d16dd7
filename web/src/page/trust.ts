/** What the reader trusts: networks by fingerprint, and how old a status may be. Kept on this device. */

import { utf8 } from "../verify/bytes.ts";
import { checkGenesis, networkId } from "../verify/genesis.ts";
import { isObject, MAX_DEPTH, parseJson } from "../verify/json.ts";
import { parseGenesis } from "../verify/parse.ts";

/** A network that the reader trusts: its name, as far as it was told, by its fingerprint. */
export type Trusted = ReadonlyMap<string, string>;

export const AGES_S = [600, 3_600, 86_400, 604_800, 0] as const;
const USUAL_AGE_S = 86_400;
const NETWORKS = "sealane-trusted-networks";
const AGE = "sealane-max-age";
const LANGUAGE = "sealane-language";
const MAX_NETWORKS = 50;
const MAX_NAME = 120;

let networks = new Map<string, string>();
let ageS: number = USUAL_AGE_S;
let language: string | null = null;
/** Whether the browser keeps what it is told; some do not, for files or in private windows. */
let keeps = true;

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    keeps = false;
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    keeps = false;
  }
}

export function remembers(): boolean {
  return keeps;
}

/** Take up what was remembered; whatever else stands there is passed over. */
export function recall(): void {
  networks = new Map();
  try {
    const kept = parseJson(utf8(read(NETWORKS) ?? "{}"), MAX_DEPTH);
    for (const [id, name] of Object.entries(isObject(kept) ? kept : {})) {
      if (isFingerprint(id) && typeof name === "string") trust(id, name);
    }
  } catch {
    networks = new Map();
  }
  const age = Number(read(AGE) ?? USUAL_AGE_S);
  ageS = AGES_S.find((one) => one === age) ?? USUAL_AGE_S;
  language = read(LANGUAGE);
}

export function trusted(): Trusted {
  return networks;
}

export function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

export function trust(id: string, name: string): void {
  if (networks.size >= MAX_NETWORKS && !networks.has(id)) return;
  networks.set(id, [...name].slice(0, MAX_NAME).join(""));
  keepNetworks();
}

export function distrust(id: string): void {
  networks.delete(id);
  keepNetworks();
}

function keepNetworks(): void {
  write(NETWORKS, JSON.stringify(Object.fromEntries(networks)));
}

/** Trust the network of a genesis document; throws for what is none. */
export function trustGenesis(data: Uint8Array): void {
  const genesis = parseGenesis(data);
  checkGenesis(genesis);
  trust(networkId(genesis), genesis.name);
}

/** How old a status may be, in seconds; 0 for any age. */
export function maxAgeS(): number {
  return ageS;
}

export function setMaxAge(seconds: number): void {
  ageS = seconds;
  write(AGE, String(seconds));
}

export function chosenLanguage(): string | null {
  return language;
}

export function chooseLanguage(code: string): void {
  language = code;
  write(LANGUAGE, code);
}

/** A fingerprint in groups of four, as people compare it. */
export function grouped(id: string): string {
  return id.replace(/(.{4})(?=.)/g, "$1 ");
}
