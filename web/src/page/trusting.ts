/** The part of the page where readers say which networks they trust, and how old a status may be. */

import { button, el, replace } from "./dom.ts";
import { say } from "./texts.ts";
import {
  AGES_S, distrust, grouped, isFingerprint, maxAgeS, remembers, setMaxAge, trust, trusted, trustGenesis,
} from "./trust.ts";

/** The part; `changed` is called whenever the reader trusts otherwise than before. */
export function trustPart(node: { network: string; name: string } | null, changed: () => void): HTMLElement {
  const part = el("details", { id: "trust", class: "card" });
  const draw = (): void => {
    replace(part, el("summary", {}, say("trust_title")), ...rows(), adding(), age());
  };
  const took = (): void => {
    draw();
    changed();
  };

  const rows = (): HTMLElement[] => {
    const known = [...trusted()];
    const items = known.map(([id, name]) =>
      el(
        "li",
        {},
        el("strong", {}, name),
        " ",
        el("code", { class: "fingerprint" }, grouped(id)),
        " ",
        button(say("trust_remove", { name: name || id.slice(0, 8) }), () => (distrust(id), took()), true),
      ),
    );
    const own = node !== null && !trusted().has(node.network) ? node : null;
    return [
      items.length === 0 ? el("p", {}, say("trust_none")) : el("ul", { class: "networks" }, ...items),
      ...(own === null
        ? []
        : [
            el("p", {}, say("trust_this_node", { name: own.name })),
            el("p", {}, el("code", { class: "fingerprint" }, grouped(own.network))),
            button(say("trust_add"), () => (trust(own.network, own.name), took()), true),
          ]),
      el("p", { class: "soft" }, remembers() ? say("trust_remembered") : say("trust_unsaved")),
    ];
  };

  const adding = (): HTMLElement => {
    const wrong = el("p", { class: "bad", role: "alert" });
    const input = el("input", {
      id: "fingerprint", type: "text", autocomplete: "off", spellcheck: "false", maxlength: "100",
    });
    const take = (event: Event): void => {
      event.preventDefault();
      const id = input.value.replace(/\s/g, "").toLowerCase();
      if (!isFingerprint(id)) {
        replace(wrong, say("trust_wrong"));
        return;
      }
      trust(id, "");
      took();
    };
    const read = (event: Event): void => {
      const file = (event.target as HTMLInputElement).files?.[0];
      void file?.arrayBuffer().then((data) => {
        try {
          trustGenesis(new Uint8Array(data));
          took();
        } catch {
          replace(wrong, say("trust_wrong_file"));
        }
      });
    };
    return el(
      "form",
      { submit: take },
      el("label", { for: "fingerprint" }, say("trust_label")),
      el("p", { class: "row" }, input, el("button", { class: "quiet" }, say("trust_add"))),
      el("p", {}, el("label", { for: "genesis" }, say("trust_file")), " ", el("input", { id: "genesis", type: "file", change: read })),
      wrong,
    );
  };

  const age = (): HTMLElement => {
    const options = AGES_S.map((seconds) =>
      el("option", { value: String(seconds), selected: seconds === maxAgeS() }, say("max_age_" + seconds)),
    );
    const choose = (event: Event): void => {
      setMaxAge(Number((event.target as HTMLSelectElement).value));
      changed();
    };
    return el("p", { class: "row" }, el("label", { for: "age" }, say("max_age")), el("select", { id: "age", change: choose }, ...options));
  };

  draw();
  return part;
}

