#!/usr/bin/env bash
# The network for live.yaml, in namespaces of its own: a kernel VXLAN endpoint on one side, a machine on the other, and room for
# weft between them. Needs root and iproute2; touches nothing outside its three namespaces.
#
#   weft-far                      weft-switch                     weft-vm
#   vx0 10.60.0.2 ── u0 ────────── up0 [weft] vm0 ──────────────── eth0 10.60.0.1
#   (kernel vxlan, VNI 60)  172.31.0.0/24   VLAN 10
set -eu

up() {
    for namespace in weft-far weft-switch weft-vm; do ip netns add $namespace; done
    ip link add u0 netns weft-far mtu 1600 type veth peer name up0 netns weft-switch mtu 1600
    ip link add eth0 netns weft-vm type veth peer name vm0 netns weft-switch

    # The switch's own kernel must not answer for it.
    for device in up0 vm0; do
        ip netns exec weft-switch sysctl -qw net.ipv6.conf.$device.disable_ipv6=1
        ip -n weft-switch link set $device up
    done

    ip -n weft-far link set lo up
    ip -n weft-far address add 172.31.0.2/24 dev u0
    ip -n weft-far link set u0 up
    ip -n weft-far link add vx0 mtu 1500 type vxlan id 60 local 172.31.0.2 remote 172.31.0.1 dstport 4789 dev u0
    ip -n weft-far address add 10.60.0.2/24 dev vx0
    ip -n weft-far address add fd60::2/64 dev vx0 nodad
    ip -n weft-far link set vx0 up

    ip -n weft-vm address add 10.60.0.1/24 dev eth0
    ip -n weft-vm address add fd60::1/64 dev eth0 nodad
    ip -n weft-vm link set eth0 up
}

down() {
    for namespace in weft-far weft-switch weft-vm; do ip netns delete $namespace 2>/dev/null || true; done
}

case "${1:-}" in
    up) down; up ;;
    down) down ;;
    *) echo "usage: $0 up|down"; exit 2 ;;
esac
