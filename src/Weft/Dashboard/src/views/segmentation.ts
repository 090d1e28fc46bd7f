import { Refused, rules, whatIf, type Forecast, type Quotient } from "../api";
import { Chart } from "../chart";
import { bar, card, fact, facts, h, table } from "../dom";
import { count } from "../format";
import { store } from "../store";
import type { View } from "../view";

export function segmentation(): View {
  const tree = h("div");
  const numbers = h("div");
  const answer = h("div", { "aria-live": "polite" });
  const select = h("select", { id: "rule" });
  const ask = h("button", { type: "submit" }, "What if it were gone?");
  const form = h("form", { class: "row" }, h("label", { for: "rule" }, "Rule"), select, ask);
  const chart = new Chart("The network's quotient", [{ label: "quotient", color: "--in" }], "", 160, [0, 100]);
  const past = card("History", chart.element);
  const forecast = card("What if", h("p", { class: "hint" }, "What quotients would be without a rule, told before it is taken away. Nothing changes."), form, answer);
  const nothing = card("Microsegmentation", h("p", { class: "none" }, "No quotients are kept: the configuration has no analytics.quotients."));
  const whole = h("div", {}, card("Microsegmentation", numbers, tree), past, forecast);
  let written = "";

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [service, rule] = JSON.parse(select.value || "[]") as string[];
    if (!service || !rule) {
      return;
    }
    ask.disabled = true;
    whatIf(service, rule)
      .then((told) => answer.replaceChildren(changes(service, rule, told)))
      .catch((problem: unknown) => answer.replaceChildren(h("p", { class: "problem", role: "alert" }, problem instanceof Refused ? problem.message : "The server did not answer.")))
      .finally(() => { ask.disabled = false; });
  });
  rules().then((all) => {
    select.replaceChildren(...all.map((one) => h("optgroup", { label: one.service }, ...one.rules.map((rule) => h("option", { value: JSON.stringify([one.service, rule]) }, `${one.service} / ${rule}`)))));
    if (all.length === 0) {
      form.replaceWith(h("p", { class: "none" }, "No service has a firewall rule."));
    }
  }).catch(() => { ask.disabled = true; });

  const element = h("div", {}, whole);
  return {
    element,
    update() {
      const quotients = store.snapshot?.analytics?.quotients;
      if (!quotients) {
        if (store.snapshot) {
          element.replaceChildren(nothing);
        }
        return;
      }
      if (!element.contains(whole)) {
        element.replaceChildren(whole);
      }
      const network = quotients.entities.find((entity) => entity.type === "network");
      numbers.replaceChildren(facts(fact("the network", network ? network.quotient.toFixed(1) : "–", tone(network?.quotient ?? 0)), fact("kinds of flow seen", count(quotients.observedFlows)), fact("without room", count(quotients.flowsRefused), quotients.flowsRefused > 0 ? "warn" : "")));
      const text = JSON.stringify(quotients.entities);
      if (text !== written) {
        written = text;
        tree.replaceChildren(hierarchy(quotients.entities));
      }
      const history = quotients.history.map((x) => ({ time: Date.parse(x.time) / 1000, value: x.quotient }));
      const last = history.at(-1);
      const steps = history.flatMap((x, i) => (i === 0 ? [x] : [{ time: x.time - 0.001, value: history[i - 1]!.value }, x]));
      const all = last ? [...steps, { time: Math.max(last.time, Date.now() / 1000), value: last.value }] : [];
      chart.set(all.map((x) => x.time), all.map((x) => x.value));
    },
    dispose: () => chart.dispose(),
  };
}

function hierarchy(all: Quotient[]): HTMLElement {
  const below = (entity: Quotient): Quotient[] => all.filter((x) => (entity.type === "network" ? x.type === "application" : entity.type === "application" && x.type === "machine" && x.container === entity.name));
  const one = (entity: Quotient): HTMLElement => {
    const children = below(entity);
    return h("details", { class: `quotient ${entity.type}`, open: entity.type !== "machine" },
      h("summary", {}, h("span", { class: "reason-name" }, entity.name, " ", h("span", { class: "muted" }, entity.type)), bar(entity.quotient / 100, tone(entity.quotient)), h("span", { class: "number" }, entity.quotient.toFixed(1))),
      entity.parts.length > 0 ? h("div", { class: "features" }, ...entity.parts.map((part) => h("div", { class: "feature" }, h("span", {}, part.name), bar(part.possible === 0 ? 0 : part.points / part.possible), h("span", { class: "number" }, `${part.points.toFixed(1)} of ${part.possible.toFixed(0)}`)))) : null,
      ...children.map(one));
  };
  return h("div", { class: "reasons" }, ...all.filter((x) => x.type === "network").map(one));
}

function changes(service: string, rule: string, told: Forecast[]): HTMLElement {
  return h("div", {}, h("p", {}, `Without rule `, h("code", {}, rule), ` of `, h("code", {}, service), ":"), table("Forecast", told, [
    { head: "what", cell: (f) => f.type }, { head: "name", cell: (f) => f.name }, { head: "now", number: true, cell: (f) => f.before?.toFixed(1) ?? "–" }, { head: "then", number: true, cell: (f) => f.after.toFixed(1) },
    { head: "change", number: true, cell: (f) => { const by = f.before === null ? 0 : f.after - f.before; return h("span", { class: by > 0.05 ? "good-text" : by < -0.05 ? "bad-text" : "muted" }, by > 0 ? `+${by.toFixed(1)}` : by.toFixed(1)); } },
  ], "Nothing would change."));
}

const tone = (quotient: number): string => (quotient >= 70 ? "good" : quotient >= 40 ? "warn" : "bad");
