import { Graph, layout } from "@dagrejs/dagre";
import { s } from "./dom";

export interface GraphNode { id: string; kind: string; title: string; lines: string[]; tone?: string; open?: () => void }
export interface GraphEdge { from: string; to: string; weight?: number; label?: string; tone?: string }

const lineHeight = 15;
const letter = 6.6;

/** Boxes whose figures change keep their width, so that the drawing stands still. */
const leastWidth: Record<string, number> = { access: 172, underlay: 172, segment: 172, vtep: 172, peer: 172 };

/** A drawing of nodes and edges that can be walked through with the Tab key. */
export function draw(title: string, nodes: GraphNode[], edges: GraphEdge[], direction: "LR" | "TB" = "LR"): SVGSVGElement {
  const graph = new Graph();
  graph.setGraph({ rankdir: direction, nodesep: 18, ranksep: 70, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    const width = Math.max(leastWidth[node.kind] ?? 96, 28 + letter * Math.max(node.title.length * 1.12, ...node.lines.map((line) => line.length)));
    graph.setNode(node.id, { width, height: 30 + lineHeight * node.lines.length });
  }
  for (const edge of edges) {
    graph.setEdge(edge.from, edge.to, {});
  }
  layout(graph);
  const { width = 100, height = 100 } = graph.graph() as { width?: number; height?: number };
  const picture = s("svg", { class: "graph", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": title });
  picture.style.maxWidth = `${Math.round(width * 1.25)}px`;
  for (const edge of edges) {
    const points = (graph.edge(edge.from, edge.to) as { points: { x: number; y: number }[] }).points;
    picture.append(s("path", { class: `edge ${edge.tone ?? ""}`, d: curve(points), "stroke-width": edge.weight ?? 1.5 }));
    const middle = points[Math.floor(points.length / 2)];
    if (edge.label && middle) {
      picture.append(s("text", { class: "edge-label", x: middle.x, y: middle.y - 5, "text-anchor": "middle" }, edge.label));
    }
  }
  for (const node of nodes) {
    picture.append(box(node, graph.node(node.id) as { x: number; y: number; width: number; height: number }));
  }
  return picture;
}

function box(node: GraphNode, at: { x: number; y: number; width: number; height: number }): SVGGElement {
  const act = node.open;
  const group = s("g", {
    class: `node ${node.kind} ${node.tone ?? ""}`, transform: `translate(${at.x - at.width / 2} ${at.y - at.height / 2})`,
    tabindex: act ? 0 : null, role: act ? "button" : null, "aria-label": [node.title, ...node.lines].join(", "), "data-id": node.id,
  });
  if (act) {
    group.addEventListener("click", act);
    group.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        act();
      }
    });
  }
  group.append(s("rect", { class: "node-box", width: at.width, height: at.height, rx: 8 }), s("rect", { class: "node-edge", width: 4, height: at.height - 12, x: 5, y: 6, rx: 2 }));
  group.append(s("text", { class: "node-title", x: 18, y: 20 }, node.title));
  node.lines.forEach((line, i) => group.append(s("text", { class: "node-line", x: 18, y: 36 + i * lineHeight }, line)));
  return group;
}

function curve(points: { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (!first) {
    return "";
  }
  let path = `M${first.x},${first.y}`;
  rest.forEach((point, i) => {
    const before = points[i]!;
    const middle = (before.x + point.x) / 2;
    path += ` C${middle},${before.y} ${middle},${point.y} ${point.x},${point.y}`;
  });
  return path;
}
