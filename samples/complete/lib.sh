# Shared by up and down: names, places, and how a part is started. Everything is in network namespaces whose names begin with "wc-",
# and in one folder; so what belongs to the deployment can be found again whatever has happened since.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
run=/run/weft-complete
prefix=wc-

[ "$(id -u)" -eq 0 ] || { echo "network namespaces need root: sudo $0" >&2; exit 1; }

# One command at a time; a second one waits for the first, and what a command calls belongs to it.
lock() {
    [ -z "${WEFT_COMPLETE_LOCKED:-}" ] || return 0
    exec 9>/run/weft-complete.lock
    flock -w 300 9 || { echo "another command holds /run/weft-complete.lock" >&2; exit 1; }
    export WEFT_COMPLETE_LOCKED=1
}

spaces() { ip netns list | awk -v p="^$prefix" '$1 ~ p { print $1 }'; }

# space NAME: a namespace that says nothing by itself.
space() {
    ip netns add "$prefix$1"
    ip -n "$prefix$1" link set lo up
    ip netns exec "$prefix$1" sysctl -qw net.ipv6.conf.default.accept_ra=0 net.ipv6.conf.default.disable_ipv6="${2:-1}" net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.all.rp_filter=0
}

# cable SPACE DEVICE SPACE DEVICE [MTU]
cable() {
    ip link add name "$2" netns "$prefix$1" mtu "${5:-1500}" type veth peer name "$4" netns "$prefix$3" mtu "${5:-1500}"
    ip -n "$prefix$1" link set "$2" up
    ip -n "$prefix$3" link set "$4" up
}

# wire SPACE DEVICE SWITCH [MTU]: a cable to one of the plain Ethernet switches of wc-wires.
wire() {
    local far="$1.$2"
    cable "$1" "$2" wires "$far" "${4:-1500}"
    ip -n "${prefix}wires" link set "$far" master "$3"
}

# machine SPACE HOST PORT MAC ADDRESS/LENGTH [GATEWAY]: a machine behind a port of a host.
machine() {
    space "$1"
    cable "$1" eth0 "$2" "$3" 1450
    ip -n "$prefix$1" link set eth0 address "$4"
    ip -n "$prefix$1" address add "$5" dev eth0
    [ -z "${6:-}" ] || ip -n "$prefix$1" route add default via "$6"
    plain "$1" eth0
}

# plain SPACE DEVICE: checksums are whole and packets no longer than the MTU, as on a wire.
plain() { ip netns exec "$prefix$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null 2>&1 || true; }

# What is measured runs before what else the machine does, if that is possible: who stands still must not look like who was killed.
priority=(nice -n -15)
# Of a switch only the workers do (switch.workerNice in its file): its other threads must not go before another switch's workers.
of_switch=(nice -n -5)
"${priority[@]}" true 2>/dev/null || priority=() of_switch=()

# part NAME SPACE COMMAND...: starts a process in the background; its number and its words are kept under its name.
part() {
    local name=$1 where=$prefix$2
    shift 2
    # The lock is the command's, not the part's.
    (cd "$run" && exec setsid "${priority[@]}" ip netns exec "$where" "$@" >>"$run/log/$name" 2>&1 </dev/null 9>&-) &
    echo $! >"$run/pid/$name"
}

# until_ok SECONDS WHAT COMMAND...
until_ok() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { echo "gave up waiting for $what; see $run/log" >&2; return 1; }
        sleep 0.3
    done
}
