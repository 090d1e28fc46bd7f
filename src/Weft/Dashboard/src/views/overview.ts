import type { Path, Port, Snapshot } from "../api";
import { Chart } from "../chart";
import { badge, card, fact, facts, h, table } from "../dom";
import { count, duration, rate, short } from "../format";
import { draw, type GraphEdge, type GraphNode } from "../graph";
import { store } from "../store";
import type { View } from "../view";

export function overview(): View {
  const numbers = h("div");
  const map = h("div", { class: "map" });
  const detail = h("div", { "aria-live": "polite" });
  const portTable = h("div");
  const traffic = new Chart("Frames a second", [{ label: "received", color: "--in" }, { label: "sent", color: "--out", dash: true }, { label: "dropped", color: "--bad" }], "/s", 180, undefined, 300);
  let chosen = "";
  let portChart: Chart | null = null;
  let drawn = "";

  function open(port: string): void {
    chosen = chosen === port ? "" : port;
    portChart?.dispose();
    portChart = chosen ? new Chart(`Frames a second of port ${chosen}`, [{ label: "received", color: "--in" }, { label: "sent", color: "--out", dash: true }], "/s", 140, undefined, 300) : null;
    update();
  }

  function update(): void {
    const now = store.snapshot;
    if (!now) {
      return;
    }
    numbers.replaceChildren(totals(now));
    const samples = store.history;
    traffic.set(samples.map((x) => x.time), samples.map((x) => x.received), samples.map((x) => x.sent), samples.map((x) => x.dropped));
    const { nodes, edges } = topology(now, open);
    // Drawn anew only if something on it changed, so that whoever walks through it keeps his place.
    const text = JSON.stringify([nodes, edges, chosen]);
    if (text !== drawn) {
      drawn = text;
      const focused = (document.activeElement as SVGElement | null)?.dataset?.["id"];
      map.replaceChildren(draw("Topology: ports, segments, tunnels and peers", nodes.map((n) => ({ ...n, tone: n.id === `port ${chosen}` ? `${n.tone ?? ""} chosen` : n.tone })), edges));
      if (focused) {
        map.querySelector<SVGElement>(`[data-id="${CSS.escape(focused)}"]`)?.focus();
      }
    }
    const port = now.ports.find((each) => each.name === chosen);
    if (port && portChart) {
      const history = store.ports.get(chosen) ?? [];
      portChart.set(history.map((x) => x.time), history.map((x) => x.received), history.map((x) => x.sent));
      if (!detail.contains(portChart.element)) {
        detail.replaceChildren(h("div", { class: "detail" }, h("h3", {}, `Port ${port.name}`), h("div", { class: "port-facts" }), portChart.element));
      }
      detail.querySelector(".port-facts")?.replaceChildren(portFacts(port));
    } else {
      detail.replaceChildren();
    }
    portTable.replaceChildren(ports(now));
  }

  return {
    element: h("div", {},
      numbers,
      card("Topology", h("p", { class: "hint" }, "Rates are frames a second, in and out of the switch; those of a segment are what came into it. Choose a port for its history."), map, detail),
      card("Traffic of the last five minutes", traffic.element),
      card("Ports", portTable)),
    update,
    dispose() {
      traffic.dispose();
      portChart?.dispose();
    },
  };
}

function totals(now: Snapshot): HTMLElement {
  const t = now.totals;
  return facts(
    fact("received", rate(store.perSecond((x) => x.totals.received), "/s")),
    fact("sent", rate(store.perSecond((x) => x.totals.sent), "/s")),
    fact("dropped", rate(store.perSecond((x) => x.totals.dropped), "/s"), (store.perSecond((x) => x.totals.dropped) ?? 0) > 0 ? "warn" : ""),
    fact("frames so far", count(t.received)),
    fact("uptime", duration(now.uptimeSeconds)),
    fact("books", t.balanced ? "balanced" : "not balanced", t.balanced ? "good" : "bad"));
}

const of = (name: string) => (x: Snapshot) => x.ports.find((port) => port.name === name);

function topology(now: Snapshot, open: (port: string) => void): { nodes: GraphNode[]; edges: GraphEdge[] } {
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (const port of now.ports) {
    const lines = [`${port.driver} ${port.status === "up" ? "" : port.status}`.trim(), inAndOut((x) => of(port.name)(x)?.receivedFrames, (x) => of(port.name)(x)?.sentFrames)];
    nodes.push({ id: `port ${port.name}`, kind: port.role, title: port.name, lines, tone: port.status === "down" || port.problem ? "bad" : "", open: () => open(port.name) });
  }
  for (const segment of now.segments) {
    const frames = (x: Snapshot): number | undefined => x.segments.find((each) => each.name === segment.name)?.frames;
    nodes.push({ id: `segment ${segment.name}`, kind: "segment", title: segment.name, lines: [`VLAN ${segment.vlan}${segment.vni === null ? "" : `, VNI ${segment.vni}`}`, store.ended ? short(segment.frames) : rate(store.perSecond(frames), "/s")] });
    for (const member of segment.members) {
      edges.push({ from: `port ${member}`, to: `segment ${segment.name}`, weight: weight(member) });
    }
    if (segment.vtep !== null) {
      edges.push({ from: `segment ${segment.name}`, to: `vtep ${segment.vtep}`, weight: thickness(store.perSecond(frames)) });
    }
  }
  for (const tunnel of now.tunnels) {
    const through = (pick: (path: Path) => number) => (x: Snapshot) => x.tunnels.find((each) => each.vtep === tunnel.vtep)?.paths.reduce((sum, path) => sum + pick(path), 0);
    nodes.push({ id: `vtep ${tunnel.vtep}`, kind: "vtep", title: tunnel.vtep, lines: [`tunnel, MTU ${tunnel.pathMtuBytes}`, inAndOut(through((path) => path.receivedFrames), through((path) => path.sentFrames))] });
    if (now.ports.some((port) => port.name === tunnel.port)) {
      edges.push({ from: `vtep ${tunnel.vtep}`, to: `port ${tunnel.port}`, weight: weight(tunnel.port) });
    }
    const peers = new Set([...tunnel.paths.map((path) => path.peer), ...now.segments.filter((x) => x.vtep === tunnel.vtep).flatMap((x) => x.peers)]);
    for (const peer of [...peers].slice(0, 24)) {
      const id = `peer ${tunnel.vtep} ${peer}`;
      const isSealed = now.associations.some((a) => a.vtep === tunnel.vtep && a.peer === peer);
      const mtu = tunnel.paths.find((path) => path.peer === peer)?.mtuBytes;
      const path = (pick: (path: Path) => number) => (x: Snapshot) => x.tunnels.find((each) => each.vtep === tunnel.vtep)?.paths.filter((each) => each.peer === peer).map(pick)[0];
      const [received, sent] = [path((each) => each.receivedFrames), path((each) => each.sentFrames)];
      nodes.push({ id, kind: "peer", title: peer, lines: [`peer${isSealed ? ", ESP" : ""}${mtu ? `, MTU ${mtu}` : ""}`, inAndOut(received, sent)] });
      edges.push({ from: `port ${tunnel.port}`, to: id, weight: thickness((store.perSecond(received) ?? 0) + (store.perSecond(sent) ?? 0)) });
    }
  }
  for (const router of new Set(now.routerInterfaces.map((x) => x.router))) {
    const mine = now.routerInterfaces.filter((x) => x.router === router);
    const extras = [...now.nats.filter((x) => x.router === router).map((x) => `NAT ${x.name}`), ...now.lbs.filter((x) => x.router === router).map((x) => `LB ${x.name}`)];
    nodes.push({ id: `router ${router}`, kind: "router", title: router, lines: ["router", ...extras] });
    for (const x of mine) {
      edges.push({ from: `segment ${x.segment}`, to: `router ${router}`, label: x.addresses[0] });
    }
  }
  const known = new Set(nodes.map((node) => node.id));
  return { nodes, edges: edges.filter((edge) => known.has(edge.from) && known.has(edge.to)) };
}

/** Rates in both directions; of a switch that has ended, what there was in all. */
function inAndOut(received: (x: Snapshot) => number | undefined, sent: (x: Snapshot) => number | undefined): string {
  const last = store.snapshot!;
  return store.ended ? `in ${short(received(last) ?? 0)}, out ${short(sent(last) ?? 0)}` : `in ${rate(store.perSecond(received), "/s")}, out ${rate(store.perSecond(sent), "/s")}`;
}

const weight = (port: string): number => thickness((store.perSecond((x) => of(port)(x)?.receivedFrames) ?? 0) + (store.perSecond((x) => of(port)(x)?.sentFrames) ?? 0));

/** Thicker by the order of magnitude of the rate. */
const thickness = (rate: number | null): number => 1.5 + Math.round(Math.log10(1 + (rate ?? 0))) * 0.9;

function portFacts(port: Port): HTMLElement {
  return facts(
    fact("received", `${count(port.receivedFrames)} frames, ${short(port.receivedBytes, "B")}`),
    fact("sent", `${count(port.sentFrames)} frames, ${short(port.sentBytes, "B")}`),
    fact("bits in", rate(bits((x) => of(port.name)(x)?.receivedBytes), "bit/s")),
    fact("bits out", rate(bits((x) => of(port.name)(x)?.sentBytes), "bit/s")),
    fact("lost by the device", count(port.receiveLost), port.receiveLost > 0 ? "warn" : ""),
    fact("MTU", count(port.mtuBytes)));
}

function bits(counter: (x: Snapshot) => number | undefined): number | null {
  const bytes = store.perSecond(counter);
  return bytes === null ? null : bytes * 8;
}

function ports(now: Snapshot): HTMLElement {
  return table("Ports", now.ports, [
    { head: "port", cell: (p) => p.name },
    { head: "driver", cell: (p) => p.driver },
    { head: "role", cell: (p) => p.role },
    { head: "status", cell: (p) => badge(p.status, p.status === "up" ? "good" : p.status === "ended" ? "" : "bad") },
    { head: "in", number: true, cell: (p) => count(p.receivedFrames) },
    { head: "in/s", number: true, cell: (p) => rate(store.perSecond((x) => of(p.name)(x)?.receivedFrames), "") },
    { head: "out", number: true, cell: (p) => count(p.sentFrames) },
    { head: "out/s", number: true, cell: (p) => rate(store.perSecond((x) => of(p.name)(x)?.sentFrames), "") },
    { head: "dropped", number: true, cell: (p) => count(p.dropped) },
    { head: "lost", number: true, cell: (p) => count(p.receiveLost) },
    { head: "addresses", number: true, cell: (p) => count(p.macs) },
    { head: "problem", cell: (p) => p.problem ?? "" },
  ], "The switch has no ports.");
}
