import { explain, type Explanation, type Snapshot } from "../api";
import { Chart } from "../chart";
import { bar, card, h, table } from "../dom";
import { count, percent, rate } from "../format";
import { store } from "../store";
import type { View } from "../view";

let known: Map<string, Explanation> | null = null;

export function drops(): View {
  const list = h("div");
  const ports = h("div");
  const stages = h("div");
  const chart = new Chart("Drops a second", [{ label: "dropped", color: "--bad" }], "/s", 150, undefined, 300);
  if (!known) {
    explain().then((all) => {
      known = new Map(all.map((one) => [one.name, one]));
      update();
    }).catch(() => { /* The reasons stand without their explanations. */ });
  }

  function update(): void {
    const now = store.snapshot;
    if (!now) {
      return;
    }
    chart.set(store.history.map((x) => x.time), store.history.map((x) => x.dropped));
    const open = new Set([...list.querySelectorAll<HTMLDetailsElement>("details[open]")].map((each) => each.dataset["reason"]));
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLDetailsElement>("details")?.dataset["reason"];
    list.replaceChildren(reasons(now, open));
    if (focused) {
      list.querySelector<HTMLElement>(`details[data-reason="${CSS.escape(focused)}"] summary`)?.focus();
    }
    ports.replaceChildren(table("Drops by reason and port", [...now.drops].sort((a, b) => b.packets - a.packets), [
      { head: "stage", cell: (d) => d.stage }, { head: "reason", cell: (d) => d.reason }, { head: "entered through", cell: (d) => d.port }, { head: "packets", number: true, cell: (d) => count(d.packets) },
    ], "Nothing was dropped."));
    stages.replaceChildren(table("Stages", now.stages, [
      { head: "stage", cell: (x) => x.name }, { head: "packets", number: true, cell: (x) => count(x.packets) }, { head: "packets/s", number: true, cell: (x) => rate(store.perSecond((s) => s.stages.find((y) => y.name === x.name)?.packets), "") },
      { head: "a vector", number: true, cell: (x) => x.meanVector.toFixed(1) }, { head: "ns/packet", number: true, cell: (x) => count(x.nanosecondsPerPacket) }, { head: "dropped", number: true, cell: (x) => count(x.dropped) },
    ], "No stage has run."));
  }

  return {
    element: h("div", {}, card("Drops by reason", h("p", { class: "hint" }, "Every frame that is dropped has one reason. Open one for its cause and what usually helps."), list), card("Drops of the last five minutes", chart.element), card("By port", ports), card("Stages", stages)),
    update,
    dispose: () => chart.dispose(),
  };
}

function reasons(now: Snapshot, open: Set<string | undefined>): HTMLElement {
  const sums = new Map<string, number>();
  for (const drop of now.drops) {
    sums.set(drop.reason, (sums.get(drop.reason) ?? 0) + drop.packets);
  }
  const sorted = [...sums].sort((a, b) => b[1] - a[1]);
  const all = sorted.reduce((sum, [, packets]) => sum + packets, 0);
  const most = sorted[0]?.[1] ?? 1;
  if (sorted.length === 0) {
    return h("p", { class: "none" }, "Nothing was dropped.");
  }
  return h("div", { class: "reasons" }, ...sorted.map(([reason, packets]) => {
    const told = known?.get(reason);
    const speed = store.perSecond((x) => x.drops.filter((d) => d.reason === reason).reduce((sum, d) => sum + d.packets, 0));
    return h("details", { class: "reason", "data-reason": reason, open: open.has(reason) },
      h("summary", {}, h("span", { class: "reason-name" }, reason), bar(packets / most, "bad"), h("span", { class: "number" }, count(packets)), h("span", { class: "number muted" }, percent(packets / all)), h("span", { class: "number muted" }, rate(speed, "/s"))),
      told ? h("dl", {}, h("dt", {}, "Stage"), h("dd", {}, told.stage), h("dt", {}, "Cause"), h("dd", {}, told.cause), h("dt", {}, "Fix"), h("dd", {}, told.fix), ...(told.configKey ? [h("dt", {}, "Key"), h("dd", {}, h("code", {}, told.configKey))] : [])) : null);
  }));
}
