"""Judges what happened, and writes the report."""
import glob
import json
import os
import time

import parts
import drama

# Beside what a mechanism allows: probes ask every 20 ms, and a silence is noticed from 100 ms on.
MARGIN = 0.25

# Probes that no switch serves.
CONTROLS = ("machine", "machine-web")

# The last answer may have come this long before the event that is to blame for the silence.
LEAD = 0.3


def lines(name):
    try:
        with open(f"{parts.RUN}/traffic/{name}.jsonl") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]
    except OSError:
        return []


def longest(book, begin, end):
    """The longest silence of a probe that began in a time."""
    return max((line["gap"][1] - line["gap"][0] for line in book if "gap" in line and begin - LEAD <= line["gap"][0] < end - LEAD), default=0.0)


def report(run, untimed=False):
    books = {probe[0]: lines(probe[0]) for probe in drama.PROBES}
    problems = list(run.problems)
    rows = []
    for note in run.happened:
        rows.append(judge(note, books, [] if untimed else problems, run.started))
    foreign = witness(books, problems)
    attacks = alerts_of(run, problems)
    alarms = alarms_of(run, problems)
    quiet = steady(run, books, problems)
    desk = multicast(run, problems)
    text = render(run, rows, books, problems, foreign, attacks, alarms, quiet, desk)
    return text, not problems


def judge(note, books, problems, started):
    """What an event interrupted, beside what it may; the machine's own standstill meanwhile is nobody's fault."""
    kinds = {probe[0]: probe[2] for probe in drama.PROBES}
    event, begin, end = note["event"], note["from"], note.get("to", time.time())
    stall = longest(books["machine"], begin, end)
    web = max(stall, longest(books["machine-web"], begin, end))
    worst, offenders = ("-", 0.0), []
    for name, book in books.items():
        if name in CONTROLS:
            continue
        gap = longest(book, begin, end)
        bound = event.bounds.get(name, 0)
        if event.bounds.get(name) == min(event.bounds.values(), default=0) and gap >= worst[1]:
            worst = (name, gap)
        if gap > bound + MARGIN + (web if kinds[name] in ("http", "dns") else stall):
            offenders.append(f"{name} {gap * 1000:,.0f} ms")
    if offenders:
        problems.append(f"{event.name}, at {begin - started:.0f} s: {', '.join(offenders)}")
    others = max(((longest(book, begin, end), name) for name, book in books.items() if name not in event.bounds and name not in CONTROLS), default=(0.0, "-"))
    return event, begin, worst, others, (stall, web), offenders


def steady(run, books, problems):
    """Silences between events."""
    spans = [(note["from"] - LEAD, note.get("to", run.finished)) for note in run.happened]
    worst = (0.0, "-")
    for name, book in books.items():
        for line in book:
            if "gap" in line and name not in CONTROLS and run.started < line["gap"][0] < run.finished and not any(begin <= line["gap"][0] < end for begin, end in spans):
                worst = max(worst, (line["gap"][1] - line["gap"][0], name))
    return worst


def witness(books, problems):
    seen = 0
    for path in glob.glob(f"{parts.RUN}/traffic/*.seen"):
        with open(path) as file:
            found = [line for line in file if line.strip()]
        seen += len(found)
        if found:
            problems.append(f"{os.path.basename(path)[:-5]} saw what is another tenant's, {len(found)} times: {found[0].strip()}")
    for name, book in books.items():
        for line in book:
            if "foreign" in line:
                seen += 1
                problems.append(f"the probe {name} was given somebody else's answer: {line['what']}")
    return seen


def alerts_of(run, problems):
    said = drama.alerts()[run.alerts_before:]
    if len(said) != run.attacks or any(alert["alert"]["signature_id"] != 1000001 or alert["src_ip"] != "10.1.0.14" for alert in said):
        problems.append(f"{run.attacks} attacks, and {len(said)} alerts: {[(alert['alert']['signature_id'], alert['src_ip']) for alert in said]}")
    return len(said)


def alarms_of(run, problems):
    """Alarms about the programs that were started, which begin as the command that starts them."""
    numbers = [f"({number})" for _, number in run.droppers]
    mine = [text for text in run.seen_alarms if any(number in text for number in numbers)]
    told = [program for program, number in run.droppers if any(program in text and f"({number})" in text for text in mine)]
    problems.extend(f"nobody told of {program}" for program, _ in run.droppers if program not in told)
    problems.extend(f"an alarm that nobody provoked: {text}" for text in run.seen_alarms if text not in mine)
    return len(told), len(run.seen_alarms) - len(mine)


def multicast(run, problems):
    """Who did not join gets nothing but what a switch floods after its start, until its querier has had answers: a second, 50 datagrams in each, and as long again on a busy machine."""
    with open(f"{parts.RUN}/traffic/multicast-watch.json") as file:
        desk = json.load(file)["received"]
    with open(f"{parts.RUN}/traffic/multicast-join.json") as file:
        wall = json.load(file)["received"]
    if desk - run.desk_before > 100 * run.hosts_killed or wall == 0:
        problems.append(f"multicast: {wall} datagrams at who joined, {desk} at who did not")
    return wall, desk - run.desk_before


def milliseconds(value):
    return f"{value * 1000:,.0f}" if value >= 0.1 else "< 100"


def render(run, rows, books, problems, foreign, attacks, alarms, quiet, desk):
    minutes = (run.finished - run.started) / 60
    out = ["# The complete deployment under load and under attack", "",
           "<!-- Made by samples/complete/exercise. -->", "",
           f"{minutes:.1f} minutes, {len(rows)} events, {os.cpu_count()} processors, load at the end {os.getloadavg()[1]:.1f}. "
           + ("**Everything held.**" if not problems else f"**{len(problems)} findings, listed below.**"), "",
           "Times are milliseconds: the longest silence of a probe that asks every 20 ms (connections and names every 100 ms). *Machine* is the same"
           " for two probes that no switch serves, the second one with connections; so long the machine itself stood still, and what is above bound + machine + 250 counts as a finding.", "",
           "| s | event | bound by | bound | longest of the tightest bound | longest other | machine |", "|---|---|---|---|---|---|---|"]
    for event, begin, worst, others, stall, offenders in rows:
        bound = ", ".join(f"{bound * 1000:,.0f}" for bound in sorted(set(event.bounds.values()))) if event.bounds else "nothing"
        affected = f"{worst[0]} {milliseconds(worst[1])}" if event.bounds else "-"
        out.append(f"| {begin - run.started:.0f} | {event.name}{' **!**' if offenders else ''} | {event.mechanism} | {bound} | {affected} | {others[1] if others[0] >= 0.1 else ''} {milliseconds(others[0])} | {milliseconds(stall[0])}, {milliseconds(stall[1])} |")
    out += ["", "## What was asked and answered", "", "| probe | from | what | asked | answered | share |", "|---|---|---|---|---|---|"]
    for name, space, kind, address, port in drama.PROBES:
        last = next((line for line in reversed(books[name]) if "at" in line), {"sent": 0, "answered": 0})
        out.append(f"| {name} | {space} | {kind} {address}:{port} | {last['sent']:,} | {last['answered']:,} | {100 * last['answered'] / max(1, last['sent']):.2f} % |")
    out += ["", "## What was checked", "",
            f"* Books: {run.samples:,} pictures of {len(parts.SWITCHES)} switches, received + made = sent + dropped + consumed + held in "
            + ("each." if not any("books" in problem for problem in problems) else "not all of them."),
            f"* Tenants: {foreign} packets of one at another's machine, of which every frame at {len(drama.WITNESSES)} machines was looked at, and every answer.",
            f"* Intrusion detection: {run.attacks} attacks, {attacks} alerts.",
            f"* Analytics: {len(run.droppers)} unknown programs, {alarms[0]} of them told of, {alarms[1]} alarms about anything else.",
            f"* Multicast: {desk[0]:,} datagrams at the machine that joined, {desk[1]:,} at the one that did not (before the first question was answered).",
            f"* Between events the longest silence was {milliseconds(quiet[0])} ms ({quiet[1]})."]
    if problems:
        out += ["", "## Findings", ""] + [f"* {problem}" for problem in problems]
    return "\n".join(out) + "\n"
