import "./style.css";
import { h } from "./dom";
import { duration } from "./format";
import { store, type Condition } from "./store";
import type { Page, View } from "./view";
import { alarms, hasAlarms } from "./views/alarms";
import { behaviour } from "./views/behaviour";
import { drops } from "./views/drops";
import { bridges, cluster, events, ids, multicast, nat, workers } from "./views/engines";
import { overview } from "./views/overview";
import { segmentation } from "./views/segmentation";
import { tracer } from "./views/trace";

const pages: Page[] = [
  { path: "overview", title: "Overview", make: overview },
  { path: "drops", title: "Drops and stages", make: drops },
  { path: "trace", title: "Trace a packet", make: tracer },
  { path: "nat", title: "NAT and balancers", make: nat },
  { path: "bridges", title: "Bridges and machines", make: bridges },
  { path: "multicast", title: "Multicast", topic: "multicast", make: multicast },
  { path: "ids", title: "Intrusion detection", make: ids },
  { path: "alarms", title: "Alarms", make: alarms },
  { path: "behaviour", title: "Behaviour", make: behaviour },
  { path: "segmentation", title: "Segmentation", make: segmentation },
  { path: "cluster", title: "Cluster", make: cluster },
  { path: "workers", title: "Workers", make: workers },
  { path: "events", title: "Events", make: events },
];

const status = h("span", { class: "status waiting", role: "status" }, "waiting");
const name = h("strong", { class: "switch-name" }, "weft");
const main = h("main", { id: "main", tabindex: -1 });
const title = h("h1");
const links = pages.map((page) => h("a", { href: `#/${page.path}` }, page.title));
const theme = h("button", { type: "button", class: "plain", click: changeTheme });
let view: View | null = null;

function go(): void {
  const page = pages.find((each) => `#/${each.path}` === location.hash) ?? pages[0]!;
  view?.dispose?.();
  store.topic = page.topic ?? "ports";
  view = page.make();
  title.textContent = page.title;
  document.title = `${page.title} · weft`;
  links.forEach((link, i) => (pages[i] === page ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")));
  main.replaceChildren(title, view.element);
  view.update();
}

function say(): void {
  const words: Record<Condition, string> = {
    waiting: store.failure || "waiting for the switch",
    live: "live",
    stale: `stale: last answer ${duration(store.age / 1000)} ago`,
    ended: "ended: this is the last picture",
  };
  if (status.textContent !== words[store.condition]) {
    status.textContent = words[store.condition];
  }
  status.className = `status ${store.condition}`;
  document.body.className = store.condition;
  name.textContent = store.snapshot?.name ?? "weft";
  const alarmLink = links[pages.findIndex((page) => page.path === "alarms")]!;
  const many = hasAlarms();
  alarmLink.textContent = many > 0 ? `Alarms (${many})` : "Alarms";
}

function changeTheme(): void {
  const order = ["auto", "light", "dark"];
  const next = order[(order.indexOf(chosenTheme()) + 1) % order.length]!;
  localStorage.setItem("theme", next);
  applyTheme();
  go();
}

const chosenTheme = (): string => localStorage.getItem("theme") ?? "auto";

function applyTheme(): void {
  const chosen = chosenTheme();
  document.documentElement.dataset["theme"] = chosen;
  theme.textContent = { auto: "Colours: as the system", light: "Colours: light", dark: "Colours: dark" }[chosen] ?? "";
}

applyTheme();
document.body.replaceChildren(
  h("a", { href: "#main", class: "skip", click: (event) => { event.preventDefault(); main.focus(); } }, "To the content"),
  h("header", {}, h("div", { class: "brand" }, h("span", { class: "logo", "aria-hidden": true }, "weft"), name), status),
  h("nav", { "aria-label": "Views" }, ...links, theme),
  main);
addEventListener("hashchange", go);
store.addEventListener("snapshot", () => { say(); view?.update(); });
store.addEventListener("event", () => view?.update());
store.addEventListener("tick", say);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", go);
go();
say();
store.start();
