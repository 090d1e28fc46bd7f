#!/usr/bin/env bash
# Computes what must come out of a capture, with tshark: never with Weft.
#
#   pcaps/expect.sh DIR       writes NAME.expected.tsv beside every capture in DIR
#   pcaps/expect.sh FILE [N]  prints the table of one capture, of its first N frames
#
# Needs tshark and python3. The user's own Wireshark preferences are kept out of it.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for tool in tshark python3; do command -v $tool >/dev/null || { echo "$tool is missing" >&2; exit 2; }; done
CONFIG=$(mktemp -d)
trap 'rm -rf "$CONFIG"' EXIT

table() {
    printf '# computed by %s\n' "$(tshark --version 2>/dev/null | awk 'NR==1 {print $1, $3}' | tr -d '()')"
    printf '# sha256 %s\n' "$(sha256sum "$1" | cut -d' ' -f1)"
    printf 'frame\theader\toffset\tlength\tfields\n'
    # Every frame stands for itself: no reassembly, so that offsets are offsets in the frame; all checksums verified.
    HOME=$CONFIG XDG_CONFIG_HOME=$CONFIG WIRESHARK_CONFIG_DIR=$CONFIG tshark -n -r "$1" ${2:+-c "$2"} -T pdml \
        -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -o ip.defragment:FALSE -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE 2>/dev/null |
        python3 "$HERE/expect.py"
}

if [[ -d $1 ]]; then
    for capture in "$1"/*.pcap "$1"/*.pcapng; do
        [[ -e $capture ]] || continue
        table "$capture" >"${capture%.*}.expected.tsv"
    done
else
    table "$1" "${2:-}"
fi
