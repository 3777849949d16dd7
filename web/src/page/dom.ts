/** Elements from data. Text is always text: nothing from a file becomes markup. */

type Child = Node | string | null;
type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

/** An element; an attribute that is a function listens to the event of that name. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (typeof value === "string") made.setAttribute(name, value);
    else if (value) made.setAttribute(name, "");
  }
  made.append(...children.filter((child): child is Node | string => child !== null));
  return made;
}

export function replace(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...children.filter((child): child is Node | string => child !== null));
}

export function button(label: string, press: () => void, quiet = false): HTMLButtonElement {
  return el("button", { type: "button", class: quiet ? "quiet" : "", click: press }, label);
}
