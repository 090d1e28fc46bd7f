import type { Alarm } from "../api";
import { badge, bar, card, fact, facts, h } from "../dom";
import { clock, count } from "../format";
import { store } from "../store";
import { page } from "./engines";
import type { View } from "../view";

export const alarms = (): View => {
  const opened = new Set<string>();
  const view = page((now) => {
    const analytics = now.analytics;
    if (!analytics) {
      return [card("Alarms", h("p", { class: "none" }, "Nothing is watched: the configuration has no analytics."))];
    }
    const live = analytics.alarms.filter((alarm) => !alarm.isCleared && !alarm.isShelved);
    const rest = analytics.alarms.filter((alarm) => alarm.isCleared || alarm.isShelved);
    const processes = analytics.processes;
    return [
      card("Watch", facts(
        fact("alarms", count(live.length), live.length > 0 ? "warn" : "good"),
        ...(processes ? [fact("processes", count(processes.processes)), fact("watch", processes.state), fact("judged", count(processes.observed)), fact("anomalous", count(processes.anomalous), processes.anomalous > 0 ? "warn" : "")] : []),
        ...(analytics.store ? [fact("store", analytics.store.isFailing ? `${analytics.store.kind} fails` : analytics.store.kind, analytics.store.isFailing ? "bad" : "good"), fact("waiting", count(analytics.store.waiting))] : []))),
      card("Alarms by score", h("p", { class: "hint" }, "The score says how much an alarm stands out among those of its kind; below it what speaks for it."), list(live, opened)),
      ...(rest.length > 0 ? [card("Cleared and shelved", list(rest, opened))] : []),
    ];
  });
  view.element.addEventListener("toggle", (event) => {
    const details = event.target as HTMLDetailsElement;
    const key = details.dataset["key"];
    if (key) {
      opened[details.open ? "add" : "delete"](key);
    }
  }, true);
  return view;
};

function list(all: Alarm[], opened: Set<string>): HTMLElement {
  if (all.length === 0) {
    return h("p", { class: "none" }, "There is no alarm.");
  }
  const sorted = [...all].sort((a, b) => b.score - a.score);
  const most = Math.max(1e-9, ...sorted.map((alarm) => alarm.score));
  return h("div", { class: "reasons" }, ...sorted.map((alarm) => {
    const key = `${alarm.type} ${alarm.qualifier} ${alarm.resource}`;
    const strongest = Math.max(1e-9, ...alarm.features.map((f) => Math.abs(f.contribution)));
    return h("details", { class: "reason alarm", "data-key": key, open: opened.has(key) },
      h("summary", {}, badge(alarm.severity, tone(alarm.severity)), h("span", { class: "reason-name" }, alarm.type, " ", h("span", { class: "muted" }, alarm.qualifier)), bar(alarm.score / most, "warn"), h("span", { class: "number" }, alarm.score.toFixed(2)), h("span", { class: "muted" }, clock(alarm.since))),
      h("p", {}, alarm.text),
      h("p", { class: "muted" }, `${alarm.resource}, seen ${count(alarm.occurrences)} times, p = ${alarm.pValue.toPrecision(2)}${alarm.isShelved ? ", shelved" : ""}${alarm.isCleared ? ", cleared" : ""}`),
      h("div", { class: "features" }, ...[...alarm.features].sort((a, b) => b.contribution - a.contribution).map((f) =>
        h("div", { class: "feature" }, h("span", {}, f.name), h("code", {}, f.value), bar(Math.abs(f.contribution) / strongest, "warn"), h("span", { class: "number" }, f.contribution.toFixed(2))))));
  }));
}

const tone = (severity: string): string => (severity === "critical" || severity === "major" ? "bad" : severity === "cleared" ? "good" : "warn");

export const hasAlarms = (): number => store.snapshot?.analytics?.alarms.filter((alarm) => !alarm.isCleared && !alarm.isShelved).length ?? 0;
