// The form of /api/v1: as much of it as the dashboard reads.

export interface Port {
  name: string; driver: string; role: "access" | "underlay"; status: string; problem: string | null; mtuBytes: number;
  receivedFrames: number; receivedBytes: number; receiveLost: number; sentFrames: number; sentBytes: number; macs: number; dropped: number;
}
export interface Stage { name: string; calls: number; packets: number; bytes: number; dropped: number; nanosecondsPerPacket: number; meanVector: number }
export interface Drop { stage: string; reason: string; port: string; packets: number }
export interface Segment { name: string; vlan: number; vni: number | null; vtep: string | null; members: string[]; peers: string[]; frames: number; bytes: number; macs: number | null }
export interface Path { peer: string; mtuBytes: number; probed: boolean; sentFrames: number; sentBytes: number; receivedFrames: number; receivedBytes: number }
export interface Tunnel { vtep: string; port: string; policy: string; pathMtuBytes: number; paths: Path[]; sentWhole: number; fragmented: number; delivered: number; reassembled: number; expired: number }
export interface NatBlock { address: string; first: number; last: number; free: number; used: number; resting: number; isDraining: boolean; lease: number }
export interface Nat { name: string; router: string; blocks: NatBlock[]; entries: number; machines: number; outbound: number; inbound: number; hairpinned: number; redirected: number; refused: number }
export interface Lb { name: string; router: string; members: { name: string; mac: string; state: string; flows: number }[]; flows: number; redirected: number; routed: number }
export interface Bridge {
  name: string; port: string; role: string; cause: string; roleSeconds: number; epoch: number; forwards: boolean; isDrained: boolean; inSync: boolean; machines: number;
  overlayPath: string; vlanPath: string; peerHeardSeconds: number | null; promotions: number; announced: number; refused: number; gaps: number;
  events: { secondsAgo: number; from: string; to: string; cause: string }[];
}
export interface Ids {
  name: string; mode: string; rules: number; rulesLeftOut: number; patterns: number; matchers: string; generation: number; inspected: number; notInspected: number;
  alerts: number; alertsLost: number; alertsSuppressed: number; dropped: number; changed: number; rejected: number; framesLost: number; records: number; recordsLost: number;
}
export interface Multicast {
  segments: { segment: string; family: string; unregistered: string; isQuerier: boolean; otherQuerier: string | null; isSettled: boolean; routers: unknown[] }[];
  groups: { segment: string; group: string; port: string | null; peer: string | null; mode: string; remainingSeconds: number; sources: unknown[]; isStatic: boolean; hosts: { mac: string }[] }[];
  flows: { segment: string; ingress: string; source: string | null; group: string; frames: number; isCurrent: boolean; actions: string[] }[];
  counters: { fastPath: number; slowPath: number; replicas: number; noListener: number; reports: number; queries: number };
}
export interface Machine { name: string; id: number; port: string | null; state: string; flows: number; flowCapacity: number; packets: number; forwarded: number; dropped: number; services: { name: string; kind: string; isQuarantined: boolean; packets: number; dropped: number; faults: number; nanosecondsPerPacket: number }[] }
export interface Alarm {
  resource: string; type: string; qualifier: string; severity: string; isCleared: boolean; isShelved: boolean; score: number; pValue: number; since: string; occurrences: number;
  text: string; features: { name: string; value: string; contribution: number }[];
}
export interface Quotient { type: string; name: string; container: string; quotient: number; parts: { name: string; points: number; possible: number }[] }
export interface Quotients { entities: Quotient[]; observedFlows: number; flowsRefused: number; history: { time: string; quotient: number }[] }
export interface Behaviour { number: number; state: string; weight: number; sources: number; isPinned: boolean; features: string[]; role: number }
export interface Anomaly { processId: number; executable: string; lineage: string[]; time: string; isAlive: boolean; distance: number; score: number | null; extra: string[]; missing: string[] }
export interface ProcessWatch { collector: string; state: string; learnUntil: string; processes: number; observed: number; anomalous: number; roles: number; anomalies: Anomaly[]; clusters: Behaviour[] }
export interface Analytics { alarms: Alarm[]; processes: ProcessWatch | null; quotients: Quotients | null; store: { kind: string; stored: number; waiting: number; lost: number; isFailing: boolean } | null }
export interface ClusterMember {
  host: string; store: string; place: string; revision: number; silentSeconds: number | null; requests: number; failures: number; leaseSeconds: number;
  endpoints: { vni: number; address: string; host: string }[]; blocks: { nat: string; held: number; ready: number; leaseSeconds: number; conflicts: number; exhausted: number; lost: number }[];
}
export interface Snapshot {
  name: string; version: string; uptimeSeconds: number;
  totals: { received: number; generated: number; sent: number; dropped: number; consumed: number; held: number; balanced: boolean };
  ports: Port[]; stages: Stage[]; drops: Drop[]; segments: Segment[]; tunnels: Tunnel[]; bridges: Bridge[]; ids: Ids[]; nats: Nat[]; lbs: Lb[]; machines: Machine[];
  routerInterfaces: { router: string; segment: string; mac: string; addresses: string[] }[];
  workers: { index: number; core: number | null; ports: string[]; received: number; sent: number; dropped: number; buffersFree: number; buffers: number }[];
  associations: { vtep: string; peer: string; direction: string; state: string }[];
  multicast: Multicast | null; analytics: Analytics | null; cluster: ClusterMember | null;
}
export interface Explanation { name: string; stage: string; cause: string; fix: string; configKey: string | null }
export interface TraceLine { stage: string; text: string }
export interface Trace { lines: TraceLine[]; outcome: "forwarded" | "dropped" | "consumed" | "held"; sentTo: string[]; dropReason: string | null; verdict: string }
export interface SwitchEvent { sequence: number; seconds: number; time: string | null; severity: string; source: string; name: string; subject: string; fields: Record<string, string> }
export interface Forecast { type: string; name: string; before: number | null; after: number }

const patience = 5_000;

/** What the server refused, in its words. */
export class Refused extends Error {}

async function ask(path: string, body?: unknown): Promise<Response> {
  const init: RequestInit = { signal: AbortSignal.timeout(patience), credentials: "omit" };
  if (body !== undefined) {
    Object.assign(init, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  }
  const answer = await fetch(`api/v1${path}`, init);
  if (!answer.ok) {
    const said = (await answer.json().catch(() => ({}))) as { error?: string };
    throw new Refused(said.error ?? `the server answered ${answer.status}`);
  }
  return answer;
}

export async function show(topic: string): Promise<{ snapshot: Snapshot; ended: boolean }> {
  const answer = await ask(`/show/${topic}`);
  return { snapshot: (await answer.json()) as Snapshot, ended: answer.headers.get("Weft-Switch") === "ended" };
}

export const explain = async (): Promise<Explanation[]> => (await ask("/explain")).json() as Promise<Explanation[]>;
export const rules = async (): Promise<{ service: string; rules: string[] }[]> => (await ask("/rules")).json() as Promise<{ service: string; rules: string[] }[]>;
export const whatIf = async (service: string, rule: string): Promise<Forecast[]> => ((await (await ask("/what-if", { service, rule })).json()) as { forecast: Forecast[] }).forecast;
export const trace = async (port: string, packet: string): Promise<Trace> => (await ask("/trace", { port, packet })).json() as Promise<Trace>;
