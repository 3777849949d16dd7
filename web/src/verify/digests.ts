/**
 * Documents as salted digests of their fields (RFC 9901 section 4.2), from which commitments are
 * made: `ledger/disclosure.py`. Concealing a whole document gives its commitment; revealing puts
 * together what disclosures show of one.
 */

import { encodeBase64Url, utf8 } from "./bytes.ts";
import { LedgerError } from "./errors.ts";
import { sha256, TAGS, taggedHash } from "./hashing.ts";
import { isObject, type Json, type JsonObject, MAX_DOCUMENT_DEPTH, writeJson } from "./json.ts";
import type { Path } from "./report.ts";

const SALT_BYTES = 16;
const MAX_FIELDS = 20_000;
const MAX_NAME_BYTES = 256;
const MAX_PATH_BYTES = 4_194_304;
const DIGESTS = "_sd";
const ELEMENT = "...";
const RESERVED = new Set([DIGESTS, ELEMENT, "_sd_alg"]);

/** The commitment to a document of which these are the digests at the top. */
export function digestsCommitment(opening: Uint8Array, digests: JsonObject): Uint8Array {
  return taggedHash(TAGS.commitment, opening, sha256(utf8(writeJson(digests))));
}

/** The commitment to a document under a salt. */
export function contentsCommitment(salt: Uint8Array, document: JsonObject): Uint8Array {
  const digests = new Concealing(salt).object(document, []);
  return digestsCommitment(fieldSalt(salt, []), digests);
}

/** The digest by which a disclosure is referred to. */
export function digestOf(disclosure: string): string {
  return encodeBase64Url(sha256(utf8(disclosure)));
}

function fieldSalt(salt: Uint8Array, path: Path): Uint8Array {
  return taggedHash(TAGS.fieldSalt, salt, utf8(writeJson([...path]))).slice(0, SALT_BYTES);
}

function refuse(reason: string): LedgerError {
  return new LedgerError("encoding", reason, "document");
}

function isLong(name: string): boolean {
  return name.length > MAX_NAME_BYTES || utf8(name).length > MAX_NAME_BYTES;
}

class Concealing {
  private fields = 0;
  private pathBytes = 0;

  constructor(private readonly salt: Uint8Array) {}

  object(value: JsonObject, path: Path): JsonObject {
    const digests = Object.keys(value).map((name) => {
      if (RESERVED.has(name)) throw refuse(`a field cannot be called '${name}' (RFC 9901)`);
      if (isLong(name)) throw refuse(`a field's name has more than ${MAX_NAME_BYTES} bytes`);
      const place = [...path, name];
      return this.disclosed(place, [name, this.value(value[name]!, place)]);
    });
    return digests.length === 0 ? {} : { [DIGESTS]: digests.sort() };
  }

  private value(value: Json, path: Path): Json {
    if (path.length > MAX_DOCUMENT_DEPTH) {
      throw refuse(`fields nest deeper than ${MAX_DOCUMENT_DEPTH} levels`);
    }
    if (isObject(value)) return this.object(value, path);
    if (!Array.isArray(value)) return value;
    return value.map((one, place) => {
      const at = [...path, place];
      return { [ELEMENT]: this.disclosed(at, [this.value(one, at)]) };
    });
  }

  private disclosed(path: Path, parts: Json[]): string {
    if (++this.fields > MAX_FIELDS) throw refuse(`more than ${MAX_FIELDS} fields`);
    this.pathBytes += utf8(writeJson([...path])).length;
    if (this.pathBytes > MAX_PATH_BYTES) {
      throw refuse(`the paths of its fields have more than ${MAX_PATH_BYTES} bytes together`);
    }
    const salt = encodeBase64Url(fieldSalt(this.salt, path));
    return digestOf(encodeBase64Url(utf8(writeJson([salt, ...parts]))));
  }
}

export interface Revealed {
  /** What is disclosed, put together; what is not is left out. */
  readonly document: JsonObject;
  /** Each value that is shown, with its true path. */
  readonly fields: (readonly [Path, Json])[];
}

/** What disclosures, by digest, show of a document with these digests at the top. */
export function reveal(digests: JsonObject, disclosures: ReadonlyMap<string, Json[]>): Revealed {
  const walk = new Revealing(disclosures);
  const document = walk.object(digests, []);
  if (walk.used.size !== disclosures.size) throw disproved("a disclosure belongs to nothing in the document");
  return { document, fields: walk.fields };
}

function disproved(reason: string): LedgerError {
  return new LedgerError("proof", reason, "disclosed");
}

class Revealing {
  readonly used = new Set<string>();
  readonly fields: (readonly [Path, Json])[] = [];

  constructor(private readonly disclosures: ReadonlyMap<string, Json[]>) {}

  object(value: JsonObject, path: Path): JsonObject {
    if (Object.keys(value).some((name) => name !== DIGESTS)) {
      throw disproved("an object holds more than digests");
    }
    const shown = Object.create(null) as JsonObject;
    const { [DIGESTS]: digests = [] } = value;
    for (const [, name, inner] of this.taken(digests, 3)) {
      if (typeof name !== "string" || RESERVED.has(name) || name in shown || isLong(name)) {
        throw disproved("a disclosure has a name that cannot be");
      }
      shown[name] = this.value(inner!, [...path, name]);
    }
    return shown;
  }

  private value(value: Json, path: Path): Json {
    if (path.length > MAX_DOCUMENT_DEPTH) {
      throw disproved(`fields nest deeper than ${MAX_DOCUMENT_DEPTH} levels`);
    }
    if (isObject(value)) return this.object(value, path);
    if (Array.isArray(value)) return value.flatMap((one, place) => this.element(one, [...path, place]));
    this.fields.push([path, value]);
    return value;
  }

  /** The element that a digest stands for, in a list that is empty when it is not disclosed. */
  private element(one: Json, path: Path): Json[] {
    if (!isObject(one) || Object.keys(one).length !== 1 || !(ELEMENT in one)) {
      throw disproved("an array holds more than digests");
    }
    return [...this.taken([one[ELEMENT]!], 2)].map(([, inner]) => this.value(inner!, path));
  }

  /** The disclosures of these digests, each to be used once. */
  private *taken(digests: Json, parts: number): Generator<Json[]> {
    if (!isTexts(digests)) throw disproved("expected a list of digests");
    for (const digest of digests) {
      const disclosure = this.disclosures.get(digest);
      if (disclosure === undefined) continue;
      if (this.used.has(digest) || disclosure.length !== parts) {
        throw disproved("a disclosure is used twice, or where it does not fit");
      }
      this.used.add(digest);
      yield disclosure;
    }
  }
}

function isTexts(value: Json): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
