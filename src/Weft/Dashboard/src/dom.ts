// A page is built of elements whose texts are always texts: nothing that the switch or a packet says is ever read as HTML.

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function s<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
}

/** A column of numbers is to the right; one of long words breaks them rather than leave the card. */
export interface Column<T> { head: string; cell: (row: T) => Child; number?: boolean; long?: boolean }

/** A table; what has no rows says so in its place. */
export function table<T>(caption: string, rows: readonly T[], columns: readonly Column<T>[], none: string): HTMLElement {
  if (rows.length === 0) {
    return h("p", { class: "none" }, none);
  }
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {},
      h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, ...columns.map((c) => h("th", { scope: "col", class: c.number ? "number" : null }, c.head)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...columns.map((c) => h("td", { class: c.number ? "number" : c.long ? "long" : null }, c.cell(row))))))));
}

export const card = (title: string, ...children: Child[]): HTMLElement => h("section", { class: "card" }, h("h2", {}, title), ...children);

export const fact = (name: string, value: Child, tone = ""): HTMLElement => h("div", { class: `fact ${tone}` }, h("span", { class: "fact-value" }, value), h("span", { class: "fact-name" }, name));

export const facts = (...all: HTMLElement[]): HTMLElement => h("div", { class: "facts" }, ...all);

export const badge = (text: string, tone = ""): HTMLElement => h("span", { class: `badge ${tone}` }, text);

/** A bar of a share from 0 to 1, with the figure beside it for those who do not see it. */
export function bar(share: number, tone = ""): HTMLElement {
  const width = Math.max(0, Math.min(1, share)) * 100;
  const picture = s("svg", { class: `bar ${tone}`, viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": true },
    s("rect", { class: "bar-all", width: 100, height: 6 }), s("rect", { class: "bar-part", width, height: 6 }));
  const holder = h("span", { class: "bar-holder" });
  holder.append(picture);
  return holder;
}
