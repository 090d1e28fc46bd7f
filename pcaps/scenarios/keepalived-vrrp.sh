# keepalived electing a master three times: VRRPv2 with a password, VRRPv3 for IPv4, VRRPv3 for IPv6.
new_ns a b
link a eth0 02:00:00:00:80:01 b eth0 02:00:00:00:80:02
capture a eth0 keepalived-vrrp.pcap
for n in a:1:150:MASTER b:2:100:BACKUP; do
    IFS=: read -r name i priority state <<<"$n"
    ip_ns "$name" addr add 192.0.2.$i/24 dev eth0
    ip_ns "$name" addr add 2001:db8:9::$i/64 dev eth0 nodad
    instance() { # NAME VERSION ID ADDRESS EXTRA
        printf 'vrrp_instance %s {\n state %s\n interface eth0\n version %s\n virtual_router_id %s\n priority %s\n advert_int %s\n %s\n virtual_ipaddress {\n  %s\n }\n}\n' \
            "$1" "$state" "$2" "$3" "$priority" "$([[ $2 == 3 ]] && echo 0.25 || echo 1)" "$5" "$4"
    }
    {
        printf 'global_defs {\n vrrp_garp_master_delay 0\n vrrp_garp_master_repeat 2\n}\n'
        instance v2 2 7 192.0.2.100/24 $'authentication {\n  auth_type PASS\n  auth_pass weft\n }'
        instance v3 3 8 192.0.2.101/24 ''
        instance v6 3 9 'fe80::101' $'native_ipv6'
    } >"$SCRATCH/keepalived-$name.conf"
    background "$name" keepalived --dont-fork --log-console --use-file "$SCRATCH/keepalived-$name.conf" \
        --pid "$SCRATCH/$name.pid" --vrrp_pid "$SCRATCH/$name.vrrp.pid" >"$SCRATCH/keepalived-$name.log" 2>&1
    masters=$!
    [[ $name == a ]] && first=$masters
done
sleep 6
kill "$first"       # the master leaves with priority 0, the backup takes over
sleep 3
stop_captures
describe keepalived-vrrp.pcap <<YAML
summary: VRRP v2 and v3 by keepalived, with a master that resigns and a backup that takes over.
provenance:
  program: keepalived
  version: "$(debian_version keepalived)"
holds: VRRPv2 with simple text authentication, VRRPv3 over IPv4 and IPv6, priority 0, gratuitous ARP, unsolicited neighbour advertisements
routers:
  - { mac: "02:00:00:00:80:01", ipv4: 192.0.2.1, priority: 150 }
  - { mac: "02:00:00:00:80:02", ipv4: 192.0.2.2, priority: 100 }
YAML
