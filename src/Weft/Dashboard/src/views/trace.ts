import { Refused, trace, type Trace } from "../api";
import { card, h } from "../dom";
import { draw, type GraphEdge, type GraphNode } from "../graph";
import { store } from "../store";
import type { View } from "../view";

/** An ARP request: 10.0.0.50 asks who has 10.0.0.2. */
const example = "ffffffffffff 020000000032 0806 0001 0800 06 04 0001 020000000032 0a000032 000000000000 0a000002";

let lastPacket = example;
let lastPort = "";

export function tracer(): View {
  const port = h("select", { id: "port" });
  const packet = h("textarea", { id: "packet", rows: 4, spellcheck: "false", autocapitalize: "off" });
  packet.value = lastPacket;
  const ask = h("button", { type: "submit" }, "Trace");
  const answer = h("div", { "aria-live": "polite" });
  const form = h("form", {}, h("div", { class: "row" }, h("label", { for: "port" }, "enters through"), port, ask), h("label", { for: "packet" }, "Packet from its Ethernet header on, in hexadecimal; blanks, ':' and '-' do not count"), packet);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    lastPacket = packet.value;
    lastPort = port.value;
    ask.disabled = true;
    trace(port.value, packet.value)
      .then((told) => answer.replaceChildren(picture(told)))
      .catch((problem: unknown) => answer.replaceChildren(h("p", { class: "problem", role: "alert" }, problem instanceof Refused ? problem.message : "The server did not answer.")))
      .finally(() => { ask.disabled = false; });
  });

  return {
    element: h("div", {}, card("Trace a packet", h("p", { class: "hint" }, "The packet runs through a twin of the running switch, with all it has learned. Nothing is sent, and nothing changes."), form), answer),
    update() {
      const names = store.snapshot?.ports.map((each) => each.name) ?? [];
      if (names.join() !== [...port.options].map((option) => option.value).join()) {
        port.replaceChildren(...names.map((name) => h("option", { value: name, selected: name === lastPort }, name)));
      }
    },
  };
}

/** Stages in the order in which the packet met them, what each said below its name, and the verdict at the end. */
function picture(told: Trace): HTMLElement {
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (const line of told.lines) {
    const last = nodes.at(-1);
    const isDrop = line.text.startsWith("drop:");
    if (last && last.title === line.stage) {
      last.lines.push(...wrap(line.text));
      last.tone = isDrop ? "bad" : last.tone;
    } else {
      const node: GraphNode = { id: `${nodes.length}`, kind: "stage", title: line.stage, lines: wrap(line.text), tone: isDrop ? "bad" : "" };
      if (last) {
        edges.push({ from: last.id, to: node.id, weight: 2 });
      }
      nodes.push(node);
    }
  }
  const tone = told.outcome === "dropped" ? "bad" : told.outcome === "held" ? "warn" : "good";
  const end: GraphNode = { id: "end", kind: "end", title: told.outcome, lines: told.outcome === "dropped" ? [told.dropReason ?? ""] : told.sentTo.length > 0 ? wrap(told.sentTo.join(", ")) : [], tone };
  if (nodes.length > 0) {
    edges.push({ from: nodes.at(-1)!.id, to: end.id, weight: 2 });
  }
  return h("div", {},
    card("Verdict", h("p", { class: `verdict ${tone}` }, told.verdict)),
    card("Path", asMap(draw("The packet's path through the stages", [...nodes, end], edges, "TB"))),
    card("In words", h("ol", { class: "lines" }, ...told.lines.map((line) => h("li", {}, h("b", {}, line.stage), " ", line.text)))));
}

function asMap(drawing: SVGSVGElement): HTMLElement {
  const map = h("div", { class: "map path" });
  map.append(drawing);
  return map;
}

function wrap(text: string, width = 72): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
