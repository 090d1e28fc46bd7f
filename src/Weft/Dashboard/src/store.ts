// What is known of the switch, how fresh it is, and how fast things go.

import { show, type Snapshot, type SwitchEvent } from "./api";

const period = 1_000;
/** Two answers make a rate: the second one comes as soon as the switch draws another picture. */
const firstPeriod = 300;
const staleAfter = 3_500;
const historyLength = 300;
const eventLength = 500;

export interface Sample { time: number; received: number | null; sent: number | null; dropped: number | null }

export type Condition = "waiting" | "live" | "stale" | "ended";

class Store extends EventTarget {
  snapshot: Snapshot | null = null;
  before: Snapshot | null = null;
  ended = false;
  failure = "";
  answered = 0;
  topic = "ports";
  readonly history: Sample[] = [];
  readonly ports = new Map<string, { time: number; received: number | null; sent: number | null }[]>();
  readonly events: SwitchEvent[] = [];
  eventsLost = 0;

  start(): void {
    void this.poll();
    this.follow();
    setInterval(() => this.dispatchEvent(new Event("tick")), 500);
  }

  get age(): number { return this.answered === 0 ? Infinity : Date.now() - this.answered; }

  get condition(): Condition {
    return this.answered === 0 ? "waiting" : this.age > staleAfter ? "stale" : this.ended ? "ended" : "live";
  }

  /** How much a counter grows a second, null while that is not known: at the start, after a gap, when the switch has ended. */
  perSecond(counter: (snapshot: Snapshot) => number | undefined): number | null {
    if (!this.snapshot || !this.before || this.ended) {
      return null;
    }
    const seconds = this.snapshot.uptimeSeconds - this.before.uptimeSeconds;
    const now = counter(this.snapshot);
    const then = counter(this.before);
    return now === undefined || then === undefined || seconds <= 0 || now < then ? null : (now - then) / seconds;
  }

  private async poll(): Promise<void> {
    try {
      const { snapshot, ended } = await show(this.topic);
      const isGap = this.age > staleAfter || (this.snapshot !== null && snapshot.uptimeSeconds < this.snapshot.uptimeSeconds);
      this.before = isGap ? null : this.snapshot;
      this.snapshot = snapshot;
      this.ended = ended;
      this.answered = Date.now();
      this.failure = "";
      this.remember();
      this.dispatchEvent(new Event("snapshot"));
    } catch (problem) {
      this.failure = problem instanceof Error ? problem.message : String(problem);
    }
    setTimeout(() => void this.poll(), document.hidden ? 5 * period : this.before ? period : firstPeriod);
  }

  private remember(): void {
    const time = Date.now() / 1000;
    keep(this.history, historyLength, {
      time,
      received: this.perSecond((x) => x.totals.received),
      sent: this.perSecond((x) => x.totals.sent),
      dropped: this.perSecond((x) => x.totals.dropped),
    });
    for (const { name } of this.snapshot?.ports ?? []) {
      const of = (x: Snapshot) => x.ports.find((port) => port.name === name);
      const samples = this.ports.get(name) ?? [];
      keep(samples, historyLength, { time, received: this.perSecond((x) => of(x)?.receivedFrames), sent: this.perSecond((x) => of(x)?.sentFrames) });
      this.ports.set(name, samples);
    }
  }

  private follow(): void {
    const source = new EventSource("api/v1/events");
    source.addEventListener("message", (message) => {
      const happened = JSON.parse(message.data as string) as SwitchEvent;
      // A switch that was started anew counts from the beginning.
      if (this.events.length > 0 && happened.sequence <= this.events[this.events.length - 1]!.sequence) {
        this.events.length = 0;
      }
      keep(this.events, eventLength, happened);
      this.dispatchEvent(new Event("event"));
    });
    source.addEventListener("lost", (message) => {
      this.eventsLost += (JSON.parse((message as MessageEvent<string>).data) as { lost: number }).lost;
    });
  }
}

function keep<T>(list: T[], most: number, item: T): void {
  list.push(item);
  if (list.length > most) {
    list.splice(0, list.length - most);
  }
}

export const store = new Store();
