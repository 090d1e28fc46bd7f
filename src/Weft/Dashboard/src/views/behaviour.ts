import type { Behaviour } from "../api";
import { badge, bar, card, fact, facts, h, table } from "../dom";
import { clock, count } from "../format";
import { page } from "./engines";
import type { View } from "../view";

const namesShown = 5;
const rowsShown = 25;

/** Clusters of what processes do, by the roles that they were grouped into, and the processes that are in none of the normal ones. */
export const behaviour = (): View => {
  const opened = new Set<string>(["0"]);
  const view = page((now) => {
    const watch = now.analytics?.processes;
    if (!watch) {
      return [card("Behaviour", h("p", { class: "none" }, "Processes are not watched: the configuration has no analytics.processes."))];
    }
    return [
      card("Watch", facts(fact("state", watch.state, watch.state === "learning" ? "warn" : "good"), fact("seen by", watch.collector), fact("processes", count(watch.processes)), fact("judged", count(watch.observed)),
        fact("anomalous", count(watch.anomalous), watch.anomalous > 0 ? "warn" : ""), fact("clusters", count(watch.clusters.length)), fact("roles", count(watch.roles)))),
      card("Clusters of behaviour", h("p", { class: "hint" }, "Behaviours that are alike have one role. The bar is how much of a behaviour was seen lately; a new one becomes normal when enough was seen of it, unless it was refused."),
        watch.clusters.length === 0
          ? h("p", { class: "none" }, watch.state === "learning" ? `Clusters are formed when learning ends, ${clock(watch.learnUntil)}.` : "Nothing was learned.")
          : h("div", { class: "reasons" }, ...roles(watch.clusters, opened))),
      card("Processes out of the ordinary", table("Anomalies", watch.anomalies.slice(0, rowsShown), [
        { head: "process", number: true, cell: (a) => `${a.processId}${a.isAlive ? "" : " (ended)"}` }, { head: "program", long: true, cell: (a) => a.executable }, { head: "started by", long: true, cell: (a) => names(a.lineage, " < ") },
        { head: "judged", cell: (a) => clock(a.time) }, { head: "distance", cell: (a) => bar(a.distance, "warn") }, { head: "score", number: true, cell: (a) => a.score?.toFixed(1) ?? "–" },
        { head: "what is new", long: true, cell: (a) => names(a.extra) }, { head: "what is missing", long: true, cell: (a) => names(a.missing) },
      ], "Every process does what was learned."), more(watch.anomalies.length)),
    ];
  });
  view.element.addEventListener("toggle", (event) => {
    const details = event.target as HTMLDetailsElement;
    const role = details.dataset["role"];
    if (role !== undefined) {
      opened[details.open ? "add" : "delete"](role);
    }
  }, true);
  return view;
};

function roles(all: Behaviour[], opened: Set<string>): HTMLElement[] {
  const weight = (clusters: Behaviour[]): number => clusters.reduce((sum, c) => sum + c.weight, 0);
  const groups = [...new Set(all.map((c) => c.role))].map((role) => ({ role, clusters: all.filter((c) => c.role === role) })).sort((a, b) => (a.role < 0 ? 1 : 0) - (b.role < 0 ? 1 : 0) || a.role - b.role);
  const most = Math.max(1e-9, ...groups.map((group) => weight(group.clusters)));
  const heaviest = Math.max(1e-9, ...all.map((c) => c.weight));
  return groups.map(({ role, clusters }) => h("details", { class: "reason", "data-role": role, open: opened.has(String(role)) },
    h("summary", {}, h("span", { class: "reason-name" }, role < 0 ? "No role yet" : `Role ${role}`, " ", h("span", { class: "muted" }, program(clusters))), bar(weight(clusters) / most), h("span", { class: "number" }, count(clusters.length))),
    table(`Clusters of role ${role}`, clusters.slice(0, rowsShown), [
      { head: "cluster", number: true, cell: (c) => c.number }, { head: "state", cell: (c) => badge(c.isPinned ? `${c.state}, pinned` : c.state, c.state === "normal" ? "good" : c.state === "new" ? "warn" : "bad") },
      { head: "weight", cell: (c) => bar(c.weight / heaviest) }, { head: "", number: true, cell: (c) => c.weight.toFixed(1) }, { head: "control groups", number: true, cell: (c) => c.sources }, { head: "typical", long: true, cell: (c) => names(c.features) },
    ], ""), more(clusters.length)));
}

/** What the role's heaviest behaviour runs. */
const program = (clusters: Behaviour[]): string => clusters[0]?.features.find((feature) => feature.startsWith("process.executable "))?.split("/").pop() ?? "";

const more = (all: number): HTMLElement | null => (all > rowsShown ? h("p", { class: "hint" }, `${count(all - rowsShown)} more; weft show has them all.`) : null);

const names = (all: string[], between = "; "): string => (all.length === 0 ? "–" : all.slice(0, namesShown).join(between) + (all.length > namesShown ? `; ${all.length - namesShown} more` : ""));
