/** Sentences in the reader's language: `texts/verify/*.toml`, which the build puts in here. */

type Sentences = Record<string, string>;

/** By language: its own name, whether a native speaker has read it, and its sentences. */
declare const TEXTS: Record<string, { name: string; reviewed: boolean; texts: Sentences }>;

export const LANGUAGES: readonly (readonly [string, string])[] = Object.entries(TEXTS).map(
  ([code, { name }]) => [code, name],
);

let language = "en";

export function currentLanguage(): string {
  return language;
}

/** Speak the first of these languages that there is, by its first part: `zh-Hans` is `zh`. */
export function speak(...wanted: readonly string[]): void {
  const codes = wanted.map((code) => code.toLowerCase().split("-")[0] ?? "");
  language = codes.find((code) => Object.hasOwn(TEXTS, code)) ?? LANGUAGES[0]![0];
}

export function isReviewed(): boolean {
  return TEXTS[language]!.reviewed;
}

/** What people call a state of a record. */
export function stateSaid(state: string): string {
  return TEXTS[language]!.texts[`state_${state}`] ?? state.replaceAll("_", " ");
}

/** A sentence with its placeholders filled. */
export function say(key: string, values: Record<string, string | number> = {}): string {
  const sentence = TEXTS[language]!.texts[key] ?? key;
  return sentence.replace(/\{([a-z][a-z0-9_]*)\}/g, (_, name: string) => String(values[name] ?? ""));
}
