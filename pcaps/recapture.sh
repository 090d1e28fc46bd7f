#!/usr/bin/env bash
# Makes the corpus again from the implementations themselves.
#
#   pcaps/recapture.sh                  every scenario
#   pcaps/recapture.sh NAME...          some of them (the file names in scenarios/)
#   pcaps/recapture.sh --out DIR ...    into another folder than this one
#   pcaps/recapture.sh --list           their names
#
# Needs root (namespaces, captures) and Debian's packages, which it names but never installs. All traffic stays inside
# namespaces of its own, every scenario is bounded in time, and what it made is removed even when it fails.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=$HERE
PACKAGES="iproute2 iputils-ping ethtool tcpdump tshark iperf3 wireshark-common openvswitch-switch python3 keepalived frr"

names() { local f; for f in "$HERE"/scenarios/*.sh; do basename "$f" .sh; done; }

WANTED=()
while (($#)); do
    case $1 in
        --list) names; exit ;;
        --out) OUT=$(mkdir -p "$2" && cd "$2" && pwd); shift ;;
        -h | --help) sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit ;;
        *) [[ -f $HERE/scenarios/$1.sh ]] || { echo "no scenario '$1'; see --list" >&2; exit 2; }; WANTED+=("$1") ;;
    esac
    shift
done
((${#WANTED[@]})) || mapfile -t WANTED < <(names)

missing=
for p in $PACKAGES; do dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || missing+=" $p"; done
[[ -z $missing ]] || { echo "missing Debian packages; install them with: apt-get install$missing" >&2; exit 2; }
[[ $(id -u) == 0 ]] || { echo "namespaces and captures need root" >&2; exit 2; }

failed=()
for SCENARIO in "${WANTED[@]}"; do
    echo "== $SCENARIO"
    # A process of its own: whatever happens in it, its trap removes its namespaces and ends its programs.
    if ! timeout --foreground 180 env SCENARIO="$SCENARIO" HERE="$HERE" OUT="$OUT" bash -euo pipefail -c '
            . "$HERE/lib.sh"; trap clean_up EXIT; trap "exit 130" INT TERM
            new_scratch; . "$HERE/scenarios/$SCENARIO.sh"'; then
        failed+=("$SCENARIO")
    fi
done
((${#failed[@]} == 0)) || { echo "failed: ${failed[*]}" >&2; exit 1; }

"$HERE/expect.sh" "$OUT"
