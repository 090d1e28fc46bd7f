# What every scenario is written with: namespaces, links, captures, Open vSwitch. Sourced by recapture.sh.
# Everything made here has a name that starts with $P or a process id in $PIDS, and clean_up removes exactly that.

P=weftcap$$
NAMESPACES=()
PIDS=()
CAPTURES=()
SCRATCH=

new_scratch() { SCRATCH=$(mktemp -d); }

# new_ns NAME...: namespaces without the noise of router solicitations and duplicate address detection.
new_ns() {
    local n
    for n in "$@"; do
        ip netns add "$P-$n"
        NAMESPACES+=("$n")
        in_ns "$n" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
            net.ipv6.conf.default.router_solicitations=0 net.ipv6.conf.default.accept_ra=0
        ip -n "$P-$n" link set lo up
    done
}

# in_ns NAME COMMAND...
in_ns() { local n=$1; shift; ip netns exec "$P-$n" "$@"; }

# ip_ns NAME ARGUMENTS...: ip(8) inside the namespace.
ip_ns() { local n=$1; shift; ip -n "$P-$n" "$@"; }

# link NS DEV MAC NS DEV MAC: a veth pair that finishes its checksums and segments its own TCP, as a wire would show it.
link() {
    ip link add "$2" netns "$P-$1" address "$3" type veth peer name "$5" netns "$P-$4" address "$6"
    plain "$1" "$2"
    plain "$4" "$5"
    ip_ns "$1" link set "$2" up
    ip_ns "$4" link set "$5" up
}

# plain NS DEV: no offloads, so that what is captured is what a network card would have sent.
plain() { in_ns "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null 2>&1 || true; }

# background NS COMMAND...: started here, ended by clean_up if it still runs. Not through in_ns: $! must be the program itself.
background() { ip netns exec "$P-$1" "${@:2}" & PIDS+=($!); }

# capture NS DEV FILE [FILTER...]: with nanoseconds; stop_captures turns it into pcapng where the name says so.
capture() {
    local ns=$1 dev=$2 file=$3 i
    shift 3
    local log=$SCRATCH/capture.${#CAPTURES[@]}
    ip netns exec "$P-$ns" tcpdump -n -U --immediate-mode --time-stamp-precision=nano -Z root -i "$dev" -w "$SCRATCH/$file" "$@" 2>"$log" &
    PIDS+=($!)
    CAPTURES+=("$!:$file")
    for i in $(seq 50); do
        if grep -q 'listening on' "$log"; then return; fi
        sleep 0.1
    done
    echo "capture of $dev did not start: $(cat "$log")" >&2
    return 1
}

# stop_captures: flushes them and moves the files into the corpus.
stop_captures() {
    local c pid
    sleep 0.5
    for c in "${CAPTURES[@]}"; do
        pid=${c%%:*}
        kill -INT "$pid" 2>/dev/null || true
        wait "$pid" || true
        if [[ $c == *.pcapng ]]; then
            # Not dumpcap, which would write this machine's processor and kernel build into the file.
            editcap -F pcapng "$SCRATCH/${c#*:}" "$SCRATCH/converted"
            mv "$SCRATCH/converted" "$SCRATCH/${c#*:}"
        fi
        install -m 644 "$SCRATCH/${c#*:}" "$OUT/${c#*:}"
    done
    CAPTURES=()
}

# ovs_start NS: an Open vSwitch of its own in that namespace, userspace datapath, nothing shared with the machine's.
ovs_start() {
    OVS_NS=$1
    export OVS_RUNDIR=$SCRATCH/ovs-$1 OVS_LOGDIR=$SCRATCH/ovs-$1 OVS_DBDIR=$SCRATCH/ovs-$1 OVS_SYSCONFDIR=$SCRATCH/ovs-$1
    mkdir -p "$OVS_RUNDIR"
    ovsdb-tool create "$OVS_RUNDIR/conf.db" /usr/share/openvswitch/vswitch.ovsschema
    in_ns "$1" ovsdb-server "$OVS_RUNDIR/conf.db" --remote=punix:"$OVS_RUNDIR/db.sock" --pidfile="$OVS_RUNDIR/db.pid" \
        --unixctl="$OVS_RUNDIR/db.ctl" --log-file="$OVS_RUNDIR/db.log" --detach >/dev/null 2>&1
    PIDS+=("$(cat "$OVS_RUNDIR/db.pid")")
    ovs "$1" --no-wait init
    shift
    in_ns "$OVS_NS" ovs-vswitchd "$@" unix:"$OVS_RUNDIR/db.sock" --pidfile="$OVS_RUNDIR/vs.pid" \
        --unixctl="$OVS_RUNDIR/vs.ctl" --log-file="$OVS_RUNDIR/vs.log" --detach >/dev/null 2>&1
    PIDS+=("$(cat "$OVS_RUNDIR/vs.pid")")
}

# ovs NS ARGUMENTS...: ovs-vsctl; ovs_app: ovs-appctl; ovs_flow BRIDGE FLOW: ovs-ofctl add-flow.
ovs() { local n=$1; shift; in_ns "$n" ovs-vsctl --timeout=15 --db=unix:"$SCRATCH/ovs-$n/db.sock" "$@"; }
ovs_app() { local n=$1; shift; ovs-appctl -t "$SCRATCH/ovs-$n/vs.ctl" "$@"; }
ovs_flows() { local n=$1; shift; OVS_RUNDIR=$SCRATCH/ovs-$n ovs-ofctl -O OpenFlow15 "$@"; }

# settle NS ADDRESS: waits until the address answers (bounded), so that a capture does not begin with a race.
settle() {
    local i
    for i in $(seq 40); do
        in_ns "$1" ping -n -c 1 -W 1 "$2" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "$2 never answered" >&2
    return 1
}

# describe FILE: the sidecar. The text on standard input is what the scenario knows; the rest is measured here.
describe() {
    local base=${1%.*}
    {
        printf 'capture: %s\n' "$1"
        cat
        printf 'recapture: pcaps/recapture.sh %s\n' "$SCENARIO"
        printf 'date: %s\n' "$(date -u +%F)"
        printf 'frames: %s\n' "$(capinfos -Mrc "$OUT/$1" | awk '/Number of packets/ {print $NF}' | head -1)"
        printf 'sha256: %s\n' "$(sha256sum "$OUT/$1" | cut -d' ' -f1)"
        printf 'expected: %s.expected.tsv\n' "$base"
    } >"$OUT/$base.yaml"
}

# Versions of the programs that spoke.
kernel_version() { uname -r | cut -d- -f1; }
ovs_version() { ovs-vswitchd --version | awk 'NR==1 {print $NF}'; }
debian_version() { dpkg-query -W -f '${Version}' "$1"; }

clean_up() {
    local i n pid
    for ((i = ${#PIDS[@]} - 1; i >= 0; i--)); do
        kill "${PIDS[i]}" 2>/dev/null || true
    done
    for pid in "${PIDS[@]}"; do
        for i in $(seq 30); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -9 "$pid" 2>/dev/null || true
    done
    for n in "${NAMESPACES[@]}"; do
        # Children of what was started (keepalived's, for one) that outlived it: whoever still is in our namespace.
        for pid in $(ip netns pids "$P-$n" 2>/dev/null); do kill -9 "$pid" 2>/dev/null || true; done
        ip netns del "$P-$n" 2>/dev/null || true
    done
    [[ -n $SCRATCH ]] && rm -rf "$SCRATCH"
    return 0
}
