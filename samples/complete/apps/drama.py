"""What exercise does to the deployment, one event after the other, and what it notes meanwhile."""
import json
import os
import shutil
import signal
import subprocess
import threading
import time

import parts

# Probe: name, namespace, kind, address, port.
PROBES = [
    ("east-west", "red-user", "udp", "10.1.0.12", 7),
    ("database", "red-user", "tcp", "10.1.0.12", 7),
    ("press", "red-user", "udp", "10.1.0.50", 7),
    ("red-nat", "red-user", "udp", "203.0.113.80", 7),
    ("names", "red-user", "dns", "203.0.113.53", 53),
    ("lb1", "red-user", "http", "10.1.0.201", 80),
    ("lb2", "red-user", "http", "10.1.0.202", 80),
    ("blue", "blue-cam", "udp", "10.1.0.12", 7),
    ("blue-nat", "blue-cam", "udp", "203.0.113.80", 7),
    ("acme", "site-acme", "udp", "203.0.113.80", 7),
    ("globex", "site-globex", "udp", "203.0.113.80", 7),
    ("mesh", "shop-web", "tcp", "198.18.0.2", 7),
    # No switch is between these: they show how long the machine itself stands still.
    ("machine", "ruler", "udp", "203.0.113.80", 7),
    ("machine-web", "ruler", "http", "203.0.113.80", 80),
]

# A process that was killed is started again after 3 s; how long it then takes is the machine's affair: a second alone, many on one that others share.
# Whoever speaks on a connection waits 8 s more before it opens another one.
RESTART, RESTART_OF_STREAM = 20.0, 32.0

# A reload builds what it needs beside the workers, which stand still for a millisecond or two to take it (weft show workers).
RELOAD = 0.05

# Load that is there all the time: namespace, arguments of iperf3.
LOADS = [
    ("red-user", ["-c", "10.1.0.12", "-b", "20M"]),
    ("blue-cam", ["-c", "10.1.0.12", "-u", "-b", "5M", "-l", "1200"]),
    ("site-acme", ["-c", "203.0.113.80", "-b", "5M"]),
]

TENANTS = {"red": "020000ed", "blue": "020000b1", "acme": "020000ac", "globex": "02000061"}
# Where every frame of a machine is looked at: namespace, device, tenant.
WITNESSES = [
    ("host1", "red-app", "red"), ("host1", "red-user", "red"), ("host1", "blue-cam", "blue"), ("host2", "blue-wall", "blue"), ("host3", "blue-desk", "blue"),
    ("red-db", "eth0", "red"), ("red-press", "eth0", "red"), ("gateway1", "acme", "acme"), ("gateway2", "globex", "globex"),
]


class Event:
    """Something that is done, and what it may interrupt: probes with the longest time that the mechanism allows, in seconds."""

    def __init__(self, name, mechanism, act, bounds, short=False):
        self.name, self.mechanism, self.act, self.bounds, self.short = name, mechanism, act, bounds, short


class Run:
    def __init__(self):
        self.happened, self.books, self.problems, self.samples = [], 0, [], 0
        self.children, self.attacks, self.droppers = [], 0, []
        self.ended = threading.Event()
        self.started = self.finished = 0.0
        self.seen_alarms, self.moves, self.hosts_killed = {}, [], 0
        self.known_events = {}
        # Who measures must not wait for who is measured.
        self.priority = ["nice", "-n", "-18"] if subprocess.run(["nice", "-n", "-18", "true"], capture_output=True).stderr == b"" else []

    # Beginning and end.

    def begin(self):
        subprocess.run([os.path.join(parts.HERE, "status"), "--check"], check=True)
        for file in os.listdir(f"{parts.RUN}/traffic"):
            if file.endswith((".jsonl", ".seen")):
                os.remove(f"{parts.RUN}/traffic/{file}")
        for space in {probe[1] for probe in PROBES}:
            mine = [f"{name}:{kind}:{address}:{port}:{parts.tenant_of(space)}" for name, where, kind, address, port in PROBES if where == space]
            self.child(space, *self.priority, "/usr/bin/python3", "-u", f"{parts.HERE}/apps/probe", *mine)
        for space, device, tenant in WITNESSES:
            self.child(space, "tcpdump", "-i", device, "-nn", "-e", "-l", self.foreign_to(tenant), out=f"{parts.RUN}/traffic/{space}-{device}.seen")
        for space, arguments in LOADS:
            threading.Thread(target=self.load, args=(space, arguments), daemon=True).start()
        time.sleep(5)
        parts.ask("host1", verb="analytics-learned")
        self.alerts_before = len(alerts())
        # What came while the deployment was started, and nobody knew yet who had joined.
        with open(f"{parts.RUN}/traffic/multicast-watch.json") as file:
            self.desk_before = json.load(file)["received"]
        self.started = time.time()
        threading.Thread(target=self.keep_books, daemon=True).start()

    def end(self):
        self.finished = time.time()
        time.sleep(4)
        self.ended.set()
        for child in self.children:
            child.terminate()
        for child in self.children:
            child.wait()

    def child(self, space, *command, out=None):
        with open(out or f"{parts.RUN}/log/exercise", "a") as file:
            self.children.append(subprocess.Popen(["ip", "netns", "exec", f"wc-{space}", *command], stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL))
        return self.children[-1]

    def load(self, space, arguments):
        while not self.ended.is_set():
            try:
                self.child(space, "iperf3", "-t", "3600", "--connect-timeout", "3000", *arguments).wait()
            except OSError:
                pass
            self.ended.wait(2)

    @staticmethod
    def foreign_to(tenant):
        """What a tenant must never see: addresses of the others' machines, or words that only the others say."""
        others = [(name, mac) for name, mac in TENANTS.items() if name != tenant]
        macs = " or ".join(f"ether[0:4] = 0x{mac} or ether[6:4] = 0x{mac}" for _, mac in others)
        words = " or ".join(f"udp[15:4] = 0x{name[:4].ljust(4).encode().hex()}" for name, _ in others)
        return f"({macs}) or (udp and udp[8:4] = 0x74656e61 and ({words}))"

    # What is looked at all the time.

    def keep_books(self):
        while not self.ended.wait(2):
            for name in parts.SWITCHES:
                picture = parts.show(name, "Ports")
                if picture:
                    self.samples += 1
                    if not picture["totals"]["balanced"]:
                        self.problems.append(f"the books of {name} do not add up: {picture['totals']}")
                self.note_alarms(name)

    def note_alarms(self, name):
        answer = parts.ask(name, verb="events", since=self.known_events.get(name, 0))
        events = (answer or {}).get("events") or {}
        for happened in events.get("events", []):
            if happened["source"] == "analytics" and happened["name"] == "alarm-raised":
                self.seen_alarms.setdefault(happened["fields"].get("text", ""), happened["time"])
            if happened["source"] == "services" and happened["name"] in ("quarantined", "container-died"):
                self.problems.append(f"{name}: {happened['source']} {happened['name']} {happened['subject']}")
        if "next" in events:
            self.known_events[name] = events["next"]

    # The play.

    def play(self, seconds, short):
        script = [event for event in self.script() if event.short or not short]
        end = time.time() + seconds
        while True:
            for event in script:
                self.perform(event)
                if seconds and time.time() > end:
                    return
            if not seconds:
                return

    def perform(self, event):
        began = time.time()
        print(f"{began - self.started:6.0f} s  {event.name}", flush=True)
        note = {"event": event, "from": began}
        self.happened.append(note)
        try:
            event.act()
        except Exception as failure:  # What goes wrong belongs into the report.
            self.problems.append(f"{event.name}: {failure}")
        # The next one waits until everything works again, and what stands in for others is there.
        note["acted"] = time.time()
        deadline = time.time() + 60
        while (missing := parts.broken() or parts.missing()) and time.time() < deadline:
            time.sleep(0.5)
        if missing:
            print(f"          missing: {', '.join(missing)}", flush=True)
            self.problems.append(f"{event.name}: a minute later something is missing: {', '.join(missing)}")
        time.sleep(2.5)
        note["to"] = time.time()

    def script(self):
        detected = 0.5   # BFD: five packets, a tenth of a second apart
        everything_at = lambda *names: {name: RESTART_OF_STREAM if name in ("database", "mesh") else RESTART for name in names}
        return [
            Event("the active bridge node is killed", "BFD 500 ms, then the other node announces", lambda: self.kill(self.active_bridge()), {"press": detected}, short=True),
            Event("the active bridge node is frozen for 3 s", "BFD 500 ms; it fences itself when it wakes", lambda: self.freeze(self.active_bridge(), 3), {"press": detected}),
            Event("the active bridge node is cut off from the overlay for 3 s", "BFD 500 ms; it fences itself", lambda: self.cut([f"{self.active_bridge()}.under"], "fabric", 3), {"press": detected}),
            Event("the role of the bridge is moved", "one message", lambda: parts.ask(self.active_bridge(), verb="drain") and parts.ask(self.standby_bridge(), verb="failover"), {"press": 0}),
            Event("the service node of acme and globex is killed", "BFD 500 ms, then its backup goes on with its flows", lambda: self.kill(self.owner()), self.with_host(self.owner, detected), short=True),
            Event("the service node is cut off from its gateways for 3 s", "BFD 500 ms", lambda: self.cut([f"{self.owner()}.pop"], "pop", 3), {"acme": detected, "globex": detected}),
            Event("the service node is drained", "flows first, then the bundles", self.drain, {"acme": 0, "globex": 0}),
            Event("a member of etcd is killed, the leader", "nothing waits for the store", lambda: self.kill(self.etcd_leader()), {}, short=True),
            Event("two members of etcd are frozen for 8 s", "nothing waits for the store until leases end after 18 s", self.freeze_store, {}),
            Event("red-db moves to the other host, connections and all", "freezeMilliseconds: 500, and the hypervisor's part", self.migrate, {"east-west": 0.5, "database": 0.5}, short=True),
            Event("an attack on a server behind both load balancers", "intrusion detection drops the request, and nothing else", self.attack, {}, short=True),
            Event("all switches are reloaded", "new parts are built beside the workers, which stop only to take them", self.reload, {name: RELOAD for name, *_ in PROBES}, short=True),
            Event("a program that nobody knows runs on red-app", "analytics raises one alarm", self.intrude, {}, short=True),
            Event("the edge is killed and started again", "what is behind it waits for the process, which reads owners of ports from the store", lambda: self.kill("edge"), everything_at("red-nat", "names", "blue-nat", "acme", "globex"), short=True),
            Event("host 1 is killed and started again", "what is behind it waits for the process", lambda: self.kill("host1"), everything_at("east-west", "database", "press", "red-nat", "names", "lb1", "lb2", "blue", "blue-nat", "mesh")),
            Event("host 3 is cut off from the fabric for 3 s", "what is behind it waits; all else goes on", lambda: self.cut(["host3.under"], "fabric", 3), everything_at("lb1", "lb2", "east-west", "database")),
            Event("load balancer 1 is killed and started again", "its connections end, the other one's do not", lambda: self.kill("lb1"), everything_at("lb1")),
            Event("an agent of the mesh is killed and started again", "its connections end, new ones are made", lambda: self.kill("agent-db"), everything_at("mesh")),
            Event("gateway 1 is killed and started again", "what is behind it waits for the process", lambda: self.kill("gateway1"), everything_at("acme")),
        ]

    def with_host(self, owner, bound):
        """What is on a service node's host waits for its process; tenants of the point of presence do not."""
        return {"acme": bound, "globex": bound, **dict.fromkeys(("east-west", "blue", "lb1", "lb2"), RESTART), **dict.fromkeys(("database", "mesh"), RESTART_OF_STREAM)}

    # Who is what.

    @staticmethod
    def home():
        """The host that red-db is plugged into."""
        up = subprocess.run(["ip", "-n", "wc-red-db", "link", "show", "at-host2", "up"], capture_output=True, text=True).stdout
        return "host2" if up.strip() else "host3"

    def bridge_with(self, role):
        for _ in range(100):
            for name in ("bridge1", "bridge2"):
                picture = parts.show(name, "Bridge")
                if picture and picture["bridges"][0]["role"] == role:
                    return name
            time.sleep(0.1)
        raise RuntimeError(f"no node of the bridge is {role}")

    def active_bridge(self):
        return self.bridge_with("active")

    def standby_bridge(self):
        return self.bridge_with("standby")

    def owner(self):
        picture = parts.show("gateway1", "Sase")
        return ("host2", "host3")[picture["sase"]["bundles"][0]["node"]]

    def etcd_leader(self):
        for name in parts.STORE:
            status = parts.inside(name, "etcdctl", "--endpoints=127.0.0.1:2379", "--command-timeout=3s", "endpoint", "status", "-w", "json")
            if status.returncode == 0:
                answer = json.loads(status.stdout)[0]["Status"]
                if answer["leader"] == answer["header"]["member_id"]:
                    return name
        raise RuntimeError("etcd has no leader")

    # What is done.

    def kill(self, name, away=3):
        number = parts.process(name)
        self.hosts_killed += name.startswith("host")
        os.kill(number, signal.SIGKILL)
        while parts.lives(name):
            time.sleep(0.05)
        time.sleep(away)
        subprocess.run([os.path.join(parts.HERE, "start"), name], check=True)

    def freeze(self, name, seconds):
        os.kill(parts.process(name), signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(parts.process(name), signal.SIGCONT)

    def freeze_store(self):
        for name in parts.STORE[:2]:
            os.kill(parts.process(name), signal.SIGSTOP)
        time.sleep(8)
        for name in parts.STORE[:2]:
            os.kill(parts.process(name), signal.SIGCONT)

    def cut(self, cables, switch, seconds):
        """The cable ends nowhere for a while; its carrier stays."""
        for cable in cables:
            subprocess.run(["ip", "-n", "wc-wires", "link", "set", cable, "nomaster"], check=True)
        time.sleep(seconds)
        for cable in cables:
            subprocess.run(["ip", "-n", "wc-wires", "link", "set", cable, "master", switch], check=True)

    def drain(self):
        owner = self.owner()
        parts.ask(owner, verb="drain-sase")
        deadline = time.time() + 20
        while self.owner() == owner and time.time() < deadline:
            time.sleep(0.2)
        parts.ask(owner, verb="drain-sase", subject="back")

    def migrate(self):
        here = self.home()
        there = "host3" if here == "host2" else "host2"
        with subprocess.Popen([*self.priority, f"{parts.HERE}/apps/hypervisor", there], stdin=subprocess.PIPE) as hypervisor:
            time.sleep(1)
            answer = parts.ask(here, verb="migrate", subject="red-db", to=there, timeout=60)
            hypervisor.stdin.write(b"\n")
        if not answer or answer.get("error") or (answer.get("move") or {}).get("error"):
            raise RuntimeError(f"the move was refused: {answer}")
        self.moves.append(answer["move"])

    def attack(self):
        for address in ("10.1.0.201", "10.1.0.202"):
            parts.inside("red-user", "curl", "-s", "-m", "2", f"http://{address}/../../etc/passwd", "--path-as-is")
            self.attacks += 1

    def reload(self):
        for name in parts.SWITCHES:
            os.kill(parts.process(name), signal.SIGHUP)
            time.sleep(0.5)

    def intrude(self):
        program = f"{parts.RUN}/dropper{len(self.droppers) + 1}"
        shutil.copy("/usr/bin/socat", program)
        self.droppers.append((program, self.child("red-app", program, "-T8", "TCP:203.0.113.80:80", "PIPE").pid))
        time.sleep(9)


def alerts():
    """What intrusion detection has said: the addresses of attackers, by connection."""
    try:
        with open(f"{parts.RUN}/alarms/eve.json") as file:
            return [line for line in map(json.loads, file) if line.get("event_type") == "alert"]
    except OSError:
        return []
