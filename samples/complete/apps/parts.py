"""What status and exercise know of the deployment: its parts, how to ask a switch, and whether a path works."""
import json
import os
import socket
import subprocess

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RUN = "/run/weft-complete"
SWITCHES = ["host1", "host2", "host3", "bridge1", "bridge2", "gateway1", "gateway2", "edge"]
STORE = ["etcd1", "etcd2", "etcd3"]
OTHERS = ["agent-web", "agent-db", "lb1", "lb2", "server1", "server2", "servers-world", "dns"]
ENDPOINTS = "10.9.0.11:2379,10.9.0.12:2379,10.9.0.13:2379"

# A path that has to work: name, namespace, kind, address, port.
PATHS = [
    ("red-user to red-db, through the overlay", "red-user", "udp", "10.1.0.12", 7),
    ("red-user to red-press, through the bridge pair", "red-user", "udp", "10.1.0.50", 7),
    ("red-user to the world, through leased ports", "red-user", "udp", "203.0.113.80", 7),
    ("blue-cam to blue-wall, through the overlay", "blue-cam", "udp", "10.1.0.12", 7),
    ("blue-cam to the world, through leased ports", "blue-cam", "udp", "203.0.113.80", 7),
    ("site of acme to the world, through gateway and service node", "site-acme", "udp", "203.0.113.80", 7),
    ("site of globex to the world, through gateway and service node", "site-globex", "udp", "203.0.113.80", 7),
    ("red-user to the servers, through lb1", "red-user", "http", "10.1.0.201", 80),
    ("red-user to the servers, through lb2", "red-user", "http", "10.1.0.202", 80),
    ("red-user asks for a name", "red-user", "dns", "203.0.113.53", 53),
    ("shop-web to shop-db, through the mesh", "shop-web", "tcp", "198.18.0.2", 7),
]

ASK = r"""
import socket, sys
kind, address, port, token = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4].encode()
if kind in ("udp", "dns"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1.5); s.connect((address, port))
    s.send(token if kind == "udp" else bytes.fromhex("abcd01000001000000000000") + b"\x08complete\x07example\x00\x00\x01\x00\x01")
    answer = s.recv(2000)
    sys.exit(0 if (answer == token if kind == "udp" else answer.endswith(socket.inet_aton("203.0.113.80"))) else 1)
s = socket.create_connection((address, port), timeout=3)
s.sendall(token if kind == "tcp" else b"GET /" + token + b" HTTP/1.0\r\n\r\n")
answer = b""
while token not in answer:
    more = s.recv(4096)
    if not more: sys.exit(1)
    answer += more
# A load balancer keeps its client's address.
sys.exit(0 if kind == "tcp" or b" 10.1.0.14 " in answer else 1)
"""


def tenant_of(space):
    return space.split("-")[1] if space.startswith("site-") else space.split("-")[0]


def inside(space, *command, **options):
    """A command in a namespace of the deployment."""
    return subprocess.run(["ip", "netns", "exec", f"wc-{space}", *command], capture_output=True, text=True, **options)


def works(path):
    """Whether an answer comes back on a path, and it is the answer to this question."""
    _, space, kind, address, port = path
    try:
        return inside(space, "/usr/bin/python3", "-c", ASK, kind, address, str(port), f"tenant={tenant_of(space)}", timeout=10).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def broken():
    """Names of the paths that do not work now."""
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(4) as pool:
        return [path[0] for path, good in zip(PATHS, pool.map(works, PATHS)) if not good]


def ask(name, verb="show", topic="All", timeout=15, **more):
    """Asks a switch over its control socket, as weft itself does; None if nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(timeout)
            control.connect(f"{RUN}/{name}.sock")
            control.sendall(json.dumps({"verb": verb, "topic": topic, **more}).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                data = control.recv(1 << 20)
                if not data:
                    break
                answer += data
        return json.loads(answer)
    except (OSError, ValueError):
        return None


def show(name, topic="All"):
    """A picture of a switch, None if it is not there."""
    answer = ask(name, topic=topic)
    return answer and answer.get("snapshot")


def process(name):
    """The number of a part's process."""
    try:
        with open(f"{RUN}/pid/{name}") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def lives(name):
    number = process(name)
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def missing():
    """What is not there that will have to stand in for something else: who has no second one must not lose the first."""
    lacks = [name for name in SWITCHES + STORE + OTHERS if not lives(name)]
    for name in SWITCHES:
        picture = show(name)
        if not picture:
            lacks.append(f"an answer of {name}")
            continue
        for bridge in picture.get("bridges") or []:
            if (bridge["overlayPath"], bridge["vlanPath"]) != ("up", "up") or bridge["role"] not in ("active", "standby"):
                lacks.append(f"the pair as {name} sees it")
        sase = picture.get("sase")
        if sase and (any(member["bfd"] != "up" for member in sase["members"]) or any(bundle["role"] == "active" and not bundle["inSync"] for bundle in sase["bundles"])):
            lacks.append(f"the point of presence as {name} sees it")
        if picture.get("cluster") and picture["cluster"]["leaseSeconds"] <= 0:
            lacks.append(f"a lease of {name}")
    return lacks
