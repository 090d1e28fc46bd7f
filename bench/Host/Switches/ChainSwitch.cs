using System.Buffers.Binary;
using Weft.Bench.Ports;
using Weft.Packets;

namespace Weft.Bench.Host.Switches;

/// <summary>Ours with everything on the way: access list, intrusion detection that taps, bridge, router, load balancers' return paths, translation of addresses, and VXLAN.</summary>
internal sealed class ChainSwitch(ForwardingPath path) : WeftSwitch(path)
{
    private const string RouterMac = "02:00:00:00:01:01";

    protected override string Text => $$"""
        schema: weft/1
        switch: {name: bench, controlSocket: "{{Folder}}/weft.sock"}
        ports:
          - {name: left, type: af_packet, device: left, mtu: 1500, vlan: {mode: access, id: 10}, acl: {in: out} }
          - {name: right, type: af_packet, device: right, mtu: 1600, role: underlay}
        vteps: [{name: v, port: right, address: 192.0.2.1/24, mac: "02:00:00:00:fe:01", neighbors: [{address: 192.0.2.2, mac: "02:00:00:00:fe:02"} ] } ]
        segments:
          - {name: machines, vlan: 10}
          - {name: uplink, vlan: 20, vni: 200, vtep: v, peers: [192.0.2.2], static: [{mac: "02:00:00:00:02:02", peer: 192.0.2.2} ] }
        routers:
          - name: edge
            interfaces:
              - {segment: machines, addresses: [10.0.0.1/24], mac: "{{RouterMac}}"}
              - {segment: uplink, addresses: [10.9.1.2/24], mac: "02:00:00:00:02:01", neighbors: [{address: 10.9.1.1, mac: "02:00:00:00:02:02"} ] }
            routes: [{prefix: 0.0.0.0/0, via: 10.9.1.1}]
        nat: [{name: out, router: edge, outside: uplink, inside: [10.0.0.0/24], blocks: [{address: 203.0.113.1, ports: 4096-8191}]}]
        lb: [{name: web, router: edge, front: uplink, back: machines, servers: [10.0.0.128/25], members: [{name: one, mac: "02:00:00:00:1b:01"} ] } ]
        accessLists:
          - {name: out, stateful: true, rules: [{name: dns, action: permit, protocol: udp, ports: [53]}, {name: rest, action: permit, protocol: udp, ports: [9]} ] }
        ids: [{name: tap, mode: alert, rules: [bench.rules], ports: [left]}]
        """;

    protected override void Launch()
    {
        File.WriteAllText(System.IO.Path.Combine(Folder, "bench.rules"), "alert udp any any -> any 9 (msg:\"never\"; content:\"no such thing\"; sid:1;)\n");
        Path.SetBytes(Frame);
        base.Launch();
    }

    private static byte[] Frame(int flow)
    {
        byte[] frame = new byte[60];
        int at = new EthernetHeader { Destination = MacAddress.Parse(RouterMac), Source = MacAddress.Parse("02:00:00:00:00:0a"), EtherType = EtherType.IPv4 }.Write(frame);
        at += new IPv4Header { Source = IPv4Address.Parse("10.0.0.10"), Destination = IPv4Address.Parse("198.51.100.7"), Protocol = IpProtocol.Udp, TimeToLive = 64, PayloadLength = frame.Length - 34 }.Write(frame.AsSpan(at));
        _ = new UdpHeader((ushort)(20_000 + flow), 9, frame.Length - at - UdpHeader.Length).Write(frame.AsSpan(at));
        // No checksum, which UDP over IPv4 allows: translation has none to mend, on neither side of the comparison.
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at + 6), 0);
        return frame;
    }
}
