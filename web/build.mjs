/**
 * Builds what browsers run. Nothing of it is committed.
 *
 *   dist/sealane-verify.html         the offline file: everything in one, with its hash beside it
 *   dist/sealane-verify.html.sha256
 *   nodes/pages/built/               for the wheel: the program of the page that nodes serve, one for each
 *                                    language, what reads printed codes, the demo document, and the offline file
 *                                    again
 *   dist/web/judge.mjs               the verifier for node, which the agreement test runs
 */

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import path from "node:path";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(HERE, "..");
const DIST = path.join(ROOT, "dist");
const BUILT = path.join(ROOT, "nodes", "pages", "built");
const NAME = "sealane-verify.html";

/** Largest offline file: it goes by mail and on old sticks. */
const MAX_OFFLINE_BYTES = 150_000;
/** Largest program of the served page, to be read by an old phone; over the line it goes packed, a third of that. */
const MAX_PROGRAM_BYTES = 190_000;

const LANGUAGES = { en: "English", zh: "中文", vi: "Tiếng Việt", km: "ភាសាខ្មែរ" };

function read(...parts) {
  return readFileSync(path.join(ROOT, ...parts), "utf8");
}

/** The lines of a file of texts. Of TOML the files use tables and basic strings, which JSON spells alike. */
function linesOf(area, code) {
  const lines = read("texts", area, `${code}.toml`).matchAll(/^([a-z0-9_]+) = (.*)$/gm);
  return [...lines].map(([, key, value]) => [key, JSON.parse(value)]);
}

/** A language's texts, with what pages call the states of records. */
function textsOf(code) {
  const { reviewed, ...texts } = Object.fromEntries(linesOf("verify", code));
  const states = linesOf("pages", code).filter(([key]) => key.startsWith("state_"));
  return { name: LANGUAGES[code], reviewed, texts: { ...texts, ...Object.fromEntries(states) } };
}

/** Texts that only the pages around the program say. */
const AROUND = /^(node_.*|noscript|needs_scripts|too_old|said_package|do_package)$/;

function saidByProgram(one) {
  return { ...one, texts: Object.fromEntries(Object.entries(one.texts).filter(([key]) => !AROUND.test(key))) };
}

const DEMO = readFileSync(path.join(HERE, "demo.evidence.json"));

/** What the program knows of the demo document: all of it, or only its network where it can be fetched. */
function demo(enclosed) {
  return { evidence: enclosed ? DEMO.toString("base64url") : "", network: JSON.parse(DEMO).network };
}

async function program(texts, { offline }) {
  const said = Object.fromEntries(Object.entries(texts).map(([code, one]) => [code, saidByProgram(one)]));
  const { outputFiles } = await build({
    entryPoints: [path.join(HERE, "src", "page", "main.ts")],
    write: false,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    define: { TEXTS: JSON.stringify(said), DEMO: JSON.stringify(demo(offline)) },
    logLevel: "warning",
  });
  const licences = "/* Sealane, Apache-2.0. Holds @noble/curves and @noble/hashes, MIT, (c) 2022 Paul Miller. */\n";
  return licences + outputFiles[0].text;
}

function cspHash(text) {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** The program unpacks itself: it is a third of its size packed. Both forms are named in the policy. */
function bootOf(text, say) {
  const packed = gzipSync(text, { level: 9 }).toString("base64");
  const tooOld = JSON.stringify(say("too_old"));
  return (
    `(async()=>{const packed=Uint8Array.from(atob("${packed}"),(c)=>c.charCodeAt(0));` +
    'const stream=new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));' +
    'const script=document.createElement("script");script.textContent=await new Response(stream).text();' +
    `document.body.append(script)})().catch(()=>{document.getElementById("verify").innerHTML=${tooOld}});`
  );
}

function offline(text, texts) {
  const style = read("nodes", "pages", "static", "style.css") + read("nodes", "pages", "static", "verify.css");
  const say = (key) =>
    Object.entries(texts).map(([code, one]) => `<p lang="${code}">${one.texts[key]}</p>`).join("\n");
  const boot = bootOf(text, say);
  const values = {
    STYLE_HASH: cspHash(style),
    BOOT_HASH: cspHash(boot),
    PROGRAM_HASH: cspHash(text),
    TITLE: texts.en.texts.title,
    SENTENCES: `<noscript>${say("needs_scripts")}</noscript>`,
    STYLE: style,
    BOOT: boot,
  };
  return read("web", "offline.html").replace(/\b[A-Z]+(?:_HASH)?\b/g, (word) => values[word] ?? word);
}

function kept(name, data, most) {
  if (data.length > most) throw new Error(`${name} has ${data.length} bytes, never more than ${most}`);
  return data;
}

const texts = Object.fromEntries(Object.keys(LANGUAGES).map((code) => [code, textsOf(code)]));
const text = await program(texts, { offline: true });
const file = kept(NAME, Buffer.from(offline(text, texts)), MAX_OFFLINE_BYTES);
const digest = `${createHash("sha256").update(file).digest("hex")}  ${NAME}\n`;

rmSync(BUILT, { recursive: true, force: true });
for (const folder of [DIST, BUILT]) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, NAME), file);
  writeFileSync(path.join(folder, `${NAME}.sha256`), digest);
}
writeFileSync(path.join(BUILT, "demo.evidence.json"), DEMO);
let largest = 0;
for (const [code, one] of Object.entries(texts)) {
  const script = kept(`verify-${code}.js`, Buffer.from(await program({ [code]: one }, { offline: false })), MAX_PROGRAM_BYTES);
  writeFileSync(path.join(BUILT, `verify-${code}.js`), script);
  largest = Math.max(largest, script.length);
}

await build({
  entryPoints: [path.join(HERE, "src", "scan", "scan.ts")],
  outfile: path.join(BUILT, "scan.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Sealane, Apache-2.0. Holds qr, MIT or Apache-2.0, (c) 2023 Paul Miller. */" },
  logLevel: "warning",
});

await build({
  entryPoints: [path.join(HERE, "src", "judge.ts")],
  outfile: path.join(DIST, "web", "judge.mjs"),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node18",
  charset: "utf8",
  logLevel: "warning",
});

console.log(`the program of the page: at most ${largest} bytes; ${NAME}: ${file.length} bytes\nsha256 ${digest.trimEnd()}`);
