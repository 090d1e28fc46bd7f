import type { NatBlock, Snapshot } from "../api";
import { badge, bar, card, fact, facts, h, table } from "../dom";
import { count, duration, rate } from "../format";
import { store } from "../store";
import type { View } from "../view";

/** A page that is written anew with each picture, for what has neither charts nor input. */
export function page(...parts: ((now: Snapshot) => HTMLElement[])[]): View {
  const element = h("div");
  let written = "";
  return {
    element,
    update() {
      if (store.snapshot) {
        const next = h("div", {}, ...parts.flatMap((part) => part(store.snapshot!)));
        // A table that says the same stays, and with it the place of whoever scrolled in it.
        if (next.innerHTML !== written) {
          written = next.innerHTML;
          const scrolled = [...element.querySelectorAll(".scroll")].map((each) => each.scrollLeft);
          element.replaceChildren(...next.childNodes);
          element.querySelectorAll(".scroll").forEach((each, i) => { each.scrollLeft = scrolled[i] ?? 0; });
        }
      }
    },
  };
}

const none = (text: string): HTMLElement => h("p", { class: "none" }, text);

export const nat = (): View => page((now) => now.nats.length === 0 ? [card("Address translation", none("The configuration has no NAT."))] : now.nats.map((n) => card(`NAT ${n.name}`,
  facts(fact("router", n.router), fact("sessions and mappings", count(n.entries)), fact("machines", count(n.machines)),
    fact("out", rate(store.perSecond((x) => x.nats.find((y) => y.name === n.name)?.outbound), "/s")), fact("in", rate(store.perSecond((x) => x.nats.find((y) => y.name === n.name)?.inbound), "/s")),
    fact("refused", count(n.refused), n.refused > 0 ? "warn" : "")),
  table(`Blocks of ${n.name}`, n.blocks, [
    { head: "address", cell: (b) => b.address }, { head: "ports", cell: (b) => `${b.first}–${b.last}` }, { head: "in use", cell: (b) => bar(used(b), used(b) > 0.9 ? "bad" : used(b) > 0.7 ? "warn" : "good") },
    { head: "used", number: true, cell: (b) => count(b.used) }, { head: "resting", number: true, cell: (b) => count(b.resting) }, { head: "free", number: true, cell: (b) => count(b.free) },
    { head: "lease", number: true, cell: (b) => b.lease }, { head: "", cell: (b) => (b.isDraining ? badge("draining", "warn") : "") },
  ], "No block of ports is leased now."))),
(now) => now.lbs.length === 0 ? [card("Load balancers", none("The configuration has no load balancers."))] : now.lbs.map((l) => card(`Load balancers ${l.name}`,
  facts(fact("router", l.router), fact("flows", count(l.flows)), fact("replies sent back", rate(store.perSecond((x) => x.lbs.find((y) => y.name === l.name)?.redirected), "/s")), fact("routed on", count(l.routed))),
  table(`Members of ${l.name}`, l.members, [
    { head: "member", cell: (m) => m.name }, { head: "MAC address", cell: (m) => m.mac }, { head: "state", cell: (m) => badge(m.state, m.state === "active" ? "good" : "warn") },
    { head: "share", cell: (m) => bar(l.flows === 0 ? 0 : m.flows / l.flows) }, { head: "flows", number: true, cell: (m) => count(m.flows) },
  ], "There are no members."))));

const used = (block: NatBlock): number => (block.free + block.used + block.resting === 0 ? 0 : 1 - block.free / Math.max(1, block.last - block.first + 1));

export const bridges = (): View => page((now) => now.bridges.length === 0 ? [card("Bridge pair", none("This switch is no node of a bridge pair."))] : now.bridges.map((b) => card(`Bridge ${b.name}`,
  facts(fact("role", b.role, b.forwards ? "good" : ""), fact("for", duration(b.roleSeconds)), fact("because", b.cause), fact("epoch", b.epoch), fact("in sync", b.inSync ? "yes" : "no", b.inSync ? "good" : "warn"),
    fact("machines", count(b.machines)), fact("overlay path", b.overlayPath, b.overlayPath === "up" ? "good" : "bad"), fact("VLAN path", b.vlanPath, b.vlanPath === "up" ? "good" : "bad"),
    fact("peer heard", b.peerHeardSeconds === null ? "never" : `${duration(b.peerHeardSeconds)} ago`, b.peerHeardSeconds === null ? "bad" : ""), fact("drained", b.isDrained ? "yes" : "no", b.isDrained ? "warn" : "")),
  table("Changes of role", b.events, [
    { head: "ago", number: true, cell: (e) => duration(e.secondsAgo) }, { head: "from", cell: (e) => e.from }, { head: "to", cell: (e) => e.to }, { head: "because", cell: (e) => e.cause },
  ], "The role has not changed since the start."))),
(now) => now.machines.length === 0 ? [] : [card("Machines and their services", table("Machines", now.machines, [
  { head: "machine", cell: (m) => m.name }, { head: "port", cell: (m) => m.port ?? "–" }, { head: "state", cell: (m) => badge(m.state, m.state === "serving" ? "good" : "") },
  { head: "flows", number: true, cell: (m) => count(m.flows) }, { head: "packets", number: true, cell: (m) => count(m.packets) }, { head: "dropped", number: true, cell: (m) => count(m.dropped) },
  { head: "services", cell: (m) => h("span", {}, ...m.services.map((x) => badge(x.name, x.isQuarantined ? "bad" : x.faults > 0 ? "warn" : ""))) },
], ""))]);

export const multicast = (): View => page((now) => {
  const m = now.multicast;
  if (!m) {
    return [card("Multicast", none("No segment snoops on multicast."))];
  }
  return [
    card("Multicast", facts(fact("fast path", rate(store.perSecond((x) => x.multicast?.counters.fastPath), "/s")), fact("slow path", rate(store.perSecond((x) => x.multicast?.counters.slowPath), "/s")),
      fact("copies", count(m.counters.replicas)), fact("without listener", count(m.counters.noListener)), fact("reports", count(m.counters.reports)), fact("queries", count(m.counters.queries)))),
    card("Groups", table("Groups", m.groups, [
      { head: "segment", cell: (g) => g.segment }, { head: "group", cell: (g) => g.group }, { head: "where", cell: (g) => g.port ?? g.peer ?? "" }, { head: "mode", cell: (g) => g.mode }, { head: "hosts", number: true, cell: (g) => g.hosts.length },
      { head: "sources", number: true, cell: (g) => g.sources.length }, { head: "for another", number: true, cell: (g) => (g.isStatic ? "static" : duration(g.remainingSeconds)) },
    ], "Nobody listens to a group.")),
    card("Remembered flows", table("Flows", m.flows, [
      { head: "segment", cell: (f) => f.segment }, { head: "source", cell: (f) => f.source ?? "any" }, { head: "group", cell: (f) => f.group }, { head: "enters", cell: (f) => f.ingress }, { head: "frames", number: true, cell: (f) => count(f.frames) }, { head: "goes to", cell: (f) => f.actions.join("; ") || "nobody" },
    ], "No flow is remembered.")),
    card("Segments", table("Segments", m.segments, [
      { head: "segment", cell: (x) => x.segment }, { head: "family", cell: (x) => x.family }, { head: "querier", cell: (x) => (x.isQuerier ? "this switch" : x.otherQuerier ?? "none") }, { head: "unregistered", cell: (x) => x.unregistered }, { head: "settled", cell: (x) => (x.isSettled ? "yes" : "no") }, { head: "routers", number: true, cell: (x) => x.routers.length },
    ], "")),
  ];
});

export const ids = (): View => page((now) => now.ids.length === 0 ? [card("Intrusion detection", none("The configuration has no sensor."))] : now.ids.map((i) => card(`Sensor ${i.name}`,
  facts(fact("mode", i.mode), fact("rules", count(i.rules)), fact("left out", count(i.rulesLeftOut), i.rulesLeftOut > 0 ? "warn" : ""), fact("inspected", rate(store.perSecond((x) => x.ids.find((y) => y.name === i.name)?.inspected), "/s")),
    fact("alerts", count(i.alerts), i.alerts > 0 ? "warn" : ""), fact("alerts lost", count(i.alertsLost), i.alertsLost > 0 ? "bad" : ""), fact("dropped", count(i.dropped)), fact("records", count(i.records)), fact("records lost", count(i.recordsLost), i.recordsLost > 0 ? "bad" : ""), fact("frames lost", count(i.framesLost), i.framesLost > 0 ? "bad" : "")))),
() => [card("Alerts", h("p", { class: "hint" }, "At most 20 a second are published here; the sensor's own files have all."), table("Alerts", store.events.filter((e) => e.source === "ids" && e.name === "alert").reverse().slice(0, 200), [
  { head: "time", cell: (e) => (e.time ? new Date(e.time).toLocaleTimeString("en-GB", { hour12: false }) : `${e.seconds.toFixed(3)} s`) }, { head: "sensor", cell: (e) => e.subject }, { head: "rule", number: true, cell: (e) => e.fields["sid"] ?? "" },
  { head: "message", cell: (e) => e.fields["message"] ?? "" }, { head: "from", cell: (e) => e.fields["from"] ?? "" }, { head: "to", cell: (e) => e.fields["to"] ?? "" }, { head: "verdict", cell: (e) => badge(e.fields["verdict"] ?? "", "warn") },
], "No rule has matched."))]);

export const cluster = (): View => page((now) => {
  const c = now.cluster;
  if (!c) {
    return [card("Cluster", none("This host is alone: the configuration has no cluster."))];
  }
  return [
    card(`Host ${c.host}`, h("p", { class: "hint" }, `What hosts share is in ${c.place}.`), facts(fact("store", c.store), fact("revision", count(c.revision)), fact("answered", c.silentSeconds === null ? "never" : `${duration(c.silentSeconds)} ago`, c.silentSeconds === null || c.silentSeconds > c.leaseSeconds / 2 ? "bad" : "good"),
      fact("lease", duration(c.leaseSeconds)), fact("requests", count(c.requests)), fact("failed", count(c.failures), c.failures > 0 ? "warn" : ""))),
    card("Endpoints", table("Endpoints", c.endpoints, [{ head: "VNI", number: true, cell: (e) => e.vni }, { head: "address", cell: (e) => e.address }, { head: "host", cell: (e) => e.host }], "No host has announced an endpoint.")),
    card("Blocks of ports", table("Blocks", c.blocks, [
      { head: "NAT", cell: (b) => b.nat }, { head: "in use", number: true, cell: (b) => b.held }, { head: "ready", number: true, cell: (b) => b.ready }, { head: "good for", number: true, cell: (b) => duration(b.leaseSeconds) },
      { head: "conflicts", number: true, cell: (b) => count(b.conflicts) }, { head: "exhausted", number: true, cell: (b) => count(b.exhausted) }, { head: "lost", number: true, cell: (b) => count(b.lost) },
    ], "No block is leased.")),
  ];
});

export const events = (): View => page(() => [card("Events",
  store.eventsLost > 0 ? h("p", { class: "hint warn" }, `${count(store.eventsLost)} events were overwritten before they could be read.`) : null,
  table("Events", [...store.events].reverse(), [
    { head: "number", number: true, cell: (e) => e.sequence }, { head: "time", cell: (e) => (e.time ? new Date(e.time).toLocaleTimeString("en-GB", { hour12: false }) : `${e.seconds.toFixed(3)} s`) },
    { head: "severity", cell: (e) => badge(e.severity, e.severity === "alarm" ? "bad" : e.severity === "warning" ? "warn" : "") }, { head: "what", cell: (e) => `${e.source} ${e.name}` }, { head: "to whom", cell: (e) => e.subject },
    { head: "circumstances", long: true, cell: (e) => Object.entries(e.fields).map(([name, value]) => `${name}=${value}`).join("  ") },
  ], "Nothing has happened."))]);

export const workers = (): View => page((now) => [card("Workers", table("Workers", now.workers, [
  { head: "worker", number: true, cell: (w) => w.index }, { head: "processor", cell: (w) => w.core ?? "any" }, { head: "ports", cell: (w) => w.ports.join(", ") }, { head: "received", number: true, cell: (w) => count(w.received) },
  { head: "sent", number: true, cell: (w) => count(w.sent) }, { head: "dropped", number: true, cell: (w) => count(w.dropped) }, { head: "buffers in use", cell: (w) => bar(1 - w.buffersFree / w.buffers) }, { head: "free", number: true, cell: (w) => `${count(w.buffersFree)} of ${count(w.buffers)}` },
], ""))]);
