import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { h } from "./dom";
import { short } from "./format";

export interface Line { label: string; color: string; dash?: boolean }

/** A chart over time that keeps its size and colours; the latest values stand in words below it. */
export class Chart {
  readonly element: HTMLElement;
  private readonly plot: uPlot;
  private readonly words = h("p", { class: "chart-words" });
  private readonly observer: ResizeObserver;

  constructor(title: string, private readonly lines: Line[], private readonly unit: string, height = 180, range?: [number, number], seconds = 0) {
    const holder = h("div", { class: "chart", role: "img", "aria-label": title });
    this.element = h("div", {}, holder, this.words);
    const style = getComputedStyle(document.documentElement);
    const read = (name: string) => style.getPropertyValue(name).trim();
    const axis = { stroke: read("--muted"), grid: { stroke: read("--line"), width: 1 }, ticks: { stroke: read("--line"), width: 1 }, font: "11px system-ui, sans-serif" };
    this.plot = new uPlot({
      width: 600, height, legend: { show: false }, cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: seconds > 0 ? { time: true, range: () => [Date.now() / 1000 - seconds, Date.now() / 1000] } : { time: true }, y: { range: range ?? ((_, __, max) => [0, Math.max(max * 1.1, 1)]) } },
      axes: [{ ...axis, values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString("en-GB", { hour12: false })), space: 80 },
        { ...axis, size: 58, values: (_, ticks) => ticks.map((tick) => short(tick)) }],
      series: [{}, ...lines.map((line) => ({ label: line.label, stroke: read(line.color), width: 2, dash: line.dash ? [4, 4] : [], points: { show: false }, spanGaps: false }))],
    }, [[], ...lines.map(() => [])] as uPlot.AlignedData, holder);
    this.observer = new ResizeObserver(() => this.plot.setSize({ width: Math.max(200, holder.clientWidth), height }));
    this.observer.observe(holder);
  }

  set(times: number[], ...values: (number | null)[][]): void {
    this.plot.setData([times, ...values] as uPlot.AlignedData);
    this.words.replaceChildren(...this.lines.flatMap((line, i) => {
      const last = values[i]?.at(-1);
      return [h("span", { class: "key" }, h("span", { class: `swatch ${line.color.slice(2)}` }), `${line.label} `, h("b", {}, last === null || last === undefined ? "–" : short(last, this.unit)))];
    }));
  }

  dispose(): void {
    this.observer.disconnect();
    this.plot.destroy();
  }
}
