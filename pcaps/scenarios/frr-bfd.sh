# FRR's bfdd on both sides: sessions over IPv4, IPv6 and multihop come up, one is shut down by its administrator, and one
# end then falls silent until the other's detection time ends.
new_ns a b
link a eth0 02:00:00:00:90:01 b eth0 02:00:00:00:90:02
FRR=$(dirname "$(dpkg-query -L frr | grep -m1 '/bfdd$')")
chmod 755 "$SCRATCH"
for n in a:1:2 b:2:1; do
    IFS=: read -r name i o <<<"$n"
    ip_ns "$name" addr add 192.0.2.$i/24 dev eth0
    ip_ns "$name" addr add 2001:db8:a::$i/64 dev eth0 nodad
    ip_ns "$name" addr add 198.51.100.$i/32 dev lo
    ip_ns "$name" route add 198.51.100.$o/32 via 192.0.2.$o
    # A directory of their own for each side's daemons, which run as the user frr.
    install -d -o frr -g frr "$SCRATCH/$name"
    cat >"$SCRATCH/$name/bfdd.conf" <<CONF
bfd
 peer 192.0.2.$o interface eth0
  receive-interval 100
  transmit-interval 10$i
  detect-multiplier 3
  no shutdown
 !
 peer 2001:db8:a::$o local-address 2001:db8:a::$i interface eth0
  receive-interval 200
  transmit-interval 200
  no shutdown
 !
 peer 198.51.100.$o multihop local-address 198.51.100.$i
  receive-interval 300
  transmit-interval 300
  no shutdown
CONF
    chown frr:frr "$SCRATCH/$name/bfdd.conf"
done
capture a eth0 frr-bfd.pcap
for name in a b; do
    for daemon in zebra bfdd; do
        conf=$SCRATCH/$name/$daemon.conf
        [[ -f $conf ]] || install -o frr -g frr /dev/null "$conf"
        background $name "$FRR/$daemon" -N "$P-$name" -f "$conf" -i "$SCRATCH/$name/$daemon.pid" --vty_socket "$SCRATCH/$name" \
            >"$SCRATCH/$name/$daemon.log" 2>&1
        last=$!
        sleep 0.5
    done
done
sleep 4
in_ns a vtysh --vty_socket "$SCRATCH/a" -c "conf t" -c bfd -c "peer 2001:db8:a::2 local-address 2001:db8:a::1 interface eth0" -c shutdown -c end -c "show bfd peers brief"
sleep 1
kill -STOP "$last"
sleep 2
kill -CONT "$last"
sleep 1
stop_captures
describe frr-bfd.pcap <<YAML
summary: BFD of FRR, single hop over IPv4 and IPv6 and multihop, with an administrative shutdown and a detection time that ends.
provenance:
  program: FRR bfdd
  version: "$(debian_version frr)"
holds: Down, Init, Up and AdminDown, poll and final, diagnostics 0, 1 and 3, TTL 255
hosts:
  - { mac: "02:00:00:00:90:01", ipv4: 192.0.2.1, ipv6: "2001:db8:a::1", multihop: 198.51.100.1 }
  - { mac: "02:00:00:00:90:02", ipv4: 192.0.2.2, ipv6: "2001:db8:a::2", multihop: 198.51.100.2 }
YAML
