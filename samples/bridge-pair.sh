#!/usr/bin/env bash
# The network of samples/bridge-node-1.yaml and bridge-node-2.yaml, in network namespaces of its own:
#
#   weft-host: kernel vxlan ── weft-net: underlay ──┬── weft-b1 ──┬── weft-lan: switch ── weft-pc
#     198.51.100.1                                  └── weft-b2 ──┘                      198.51.100.2
#
#   sudo samples/bridge-pair.sh up | down
set -euo pipefail

spaces=(net lan host pc b1 b2)

# cable SPACE DEVICE SPACE: to the switch of the second space.
cable() {
    ip link add name "$2" netns "weft-$1" type veth peer name "$1" netns "weft-$3"
    ip -n "weft-$1" link set "$2" up
    ip -n "weft-$3" link set "$1" master switch0 up
}

case "${1:-}" in
up)
    for space in "${spaces[@]}"; do
        ip netns add "weft-$space"
        ip -n "weft-$space" link set lo up
    done
    for space in net lan; do
        ip -n "weft-$space" link add name switch0 type bridge forward_delay 0
        ip -n "weft-$space" link set switch0 up
    done
    for node in b1 b2; do
        cable "$node" net0 net
        cable "$node" lan0 lan
        ip -n "weft-$node" link set lan0 mtu 1450
    done
    cable host net0 net
    ip -n weft-host address add 192.0.2.10/24 dev net0
    ip -n weft-host link add name blue type vxlan id 100 local 192.0.2.10 dstport 4789
    ip -n weft-host link set blue mtu 1450 up
    ip -n weft-host address add 198.51.100.1/24 dev blue
    for node in 192.0.2.1 192.0.2.2; do
        bridge -n weft-host fdb append 00:00:00:00:00:00 dev blue dst "$node"
    done
    cable pc lan0 lan
    ip -n weft-pc link set lan0 mtu 1450
    ip -n weft-pc address add 198.51.100.2/24 dev lan0
    ;;
down)
    for space in "${spaces[@]}"; do
        ip netns del "weft-$space" 2>/dev/null || true
    done
    ;;
*)
    echo "usage: $0 up | down" >&2
    exit 2
    ;;
esac
