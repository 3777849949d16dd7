/**
 * The consignment of a bill: which records belong to it, by what they say themselves.
 *
 * The counterpart of `trace` in `contracts/consignment.py`, which says why. A record is read in full before its
 * links count: with a field that is not known here, nobody could say that none is missing.
 */

import { LedgerError } from "./errors.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { RECORDS } from "./records.ts";

/** What a record says that it belongs together with, as keys. */
export type Links = Readonly<{
  kind: string;
  bills: readonly string[];
  containers: readonly string[];
  declarations: readonly string[];
  /** Of a bill: what it replaces and what replaced it. */
  kin: readonly string[];
  master: string | null;
}>;

/** What belongs to a bill, of the records at hand. Keys are in rising order. */
export type Consignment = Readonly<{
  keys: ReadonlySet<string>;
  /** Records that belong to it and are not at hand. */
  missing: readonly string[];
  /** Bills and declarations that its containers name and that are not at hand. */
  open: readonly string[];
}>;

/** The links of a record, or null for a record of no kind that is known here. */
export function linksOf(key: string, record: JsonObject): Links | null {
  const form = RECORDS.find(([pattern]) => pattern.test(key))?.[1];
  if (form === undefined) return null;
  try {
    form(record, "");
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
  const names = (field: string, kind: string): string[] => listed(record[field]).map((id) => `${kind}/${String(id)}`);
  const kind = key.slice(0, key.indexOf("/"));
  const master = isObject(record["master"]) ? (record["master"]["bill"] ?? null) : null;
  const cited = listed(record["cites"]).map((one) => (isObject(one) ? one["declaration"] : null));
  const linked = ["bill", "container", "declaration", "document"].includes(kind);
  return {
    kind,
    bills: linked ? names("bills", "bill") : [],
    containers: linked ? names("containers", "container") : [],
    declarations: [...(linked ? names("declarations", "declaration") : []), ...cited.map((id) => `declaration/${String(id)}`)],
    kin: [record["replaces"], record["replaced_by"]].flatMap((id) => (typeof id === "string" ? [`bill/${id}`] : [])),
    master: typeof master === "string" ? `bill/${master}` : null,
  };
}

function listed(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** What belongs to the consignment of the bill at `root`, of these records by key. */
export function trace(root: string, records: ReadonlyMap<string, Links>): Consignment {
  const of = (kind: string): Map<string, Links> => new Map([...records].filter(([, one]) => one.kind === kind));
  const [bills, declarations, documents] = [of("bill"), of("declaration"), of("document")];
  const kin = (known: Set<string>): string[] => [...known].flatMap((key) => bills.get(key)?.kin ?? []);
  const masters = (known: Set<string>): string[] => [...known].flatMap((key) => bills.get(key)?.master ?? []);
  const houses = (known: Set<string>): string[] =>
    [...bills].flatMap(([key, bill]) => (bill.master !== null && known.has(bill.master) ? [key] : []));

  const carried = closure([root], (known) => [...kin(known), ...houses(known)]);
  const above = closure(masters(carried), (known) => [...kin(known), ...masters(known)]);
  const containers = [...carried].flatMap((key) => bills.get(key)?.containers ?? []);
  const goods = new Set([...carried, ...above, ...containers]);
  const declared = closure(naming(declarations, goods), (known) =>
    [...known].flatMap((key) => declarations.get(key)?.declarations ?? []),
  );
  const concerned = new Set([...goods, ...declared]);
  const belonging = new Set([...concerned, ...naming(documents, concerned)]);
  const named = containers.flatMap((key) => {
    const there = records.get(key);
    return there?.kind === "container" ? [...there.bills, ...there.declarations] : [];
  });
  const absent = (keys: Iterable<string>): string[] => [...new Set(keys)].filter((key) => !records.has(key)).sort();
  return {
    keys: new Set([...belonging].filter((key) => records.has(key))),
    missing: absent(belonging),
    open: absent(named).filter((key) => !belonging.has(key)),
  };
}

/** The records that name one of these keys. */
function naming(records: ReadonlyMap<string, Links>, keys: ReadonlySet<string>): string[] {
  return [...records].flatMap(([key, one]) =>
    [...one.bills, ...one.containers, ...one.declarations].some((name) => keys.has(name)) ? [key] : [],
  );
}

/** All that repeated steps reach; steps only name keys in the records at hand, so it ends. */
function closure(start: Iterable<string>, step: (known: Set<string>) => string[]): Set<string> {
  const known = new Set(start);
  for (let size = -1; size !== known.size; ) {
    size = known.size;
    step(known).forEach((key) => known.add(key));
  }
  return known;
}
