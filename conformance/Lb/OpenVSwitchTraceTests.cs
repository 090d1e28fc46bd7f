using Weft.Conformance.Support;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Conformance.LbTests;

/// <summary>Open vSwitch, with flows that do the same by its connection tracking, decided about a random trace (pcaps/ovs-return-path).</summary>
public sealed class OpenVSwitchTraceTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Open_vSwitch_given_the_same_random_trace_decides_the_same()
    {
        // It commits on every packet from a load balancer, so its flows follow them.
        using var table = new ReturnPathTable(new ReturnPathOptions { Seed = new HashSeed(1, 2), Policy = RebindPolicy.FollowForward, IPv4Flows = 64, IPv6Flows = 16, LoadBalancers = 2 });
        var lbs = new Dictionary<string, LbId> { ["none"] = LbId.None };
        for (int number = 1; number <= 2; number++)
        {
            Assert.True(table.TryAddLb(new LbIdentity { Mac = new MacAddress(0x0200_0000_0001UL + ((ulong)number << 8)), Port = (ushort)number }, out LbId lb));
            lbs.Add($"{number}", lb);
        }

        string[][] steps = [.. File.ReadLines(Repository.File("pcaps/ovs-return-path.decisions.tsv")).Select(line => line.Split('\t'))];
        Assert.Equal(400, steps.Length);
        Assert.True(steps.Count(step => step[0] == "reply" && step[2] != "none") > 100);
        foreach (string[] step in steps)
        {
            int flow = int.Parse(step[1], System.Globalization.CultureInfo.InvariantCulture);
            byte[] frame = Frame(flow, reply: step[0] == "reply");
            Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
            if (step[0] == "reply")
            {
                Assert.Equal(lbs[step[2]], table.ResolveReply(frame, in layout, zone: 0, tag: 0, default).Lb);
            }
            else
            {
                Assert.NotEqual(ForwardVerdict.Conflict, table.ObserveForward(frame, in layout, zone: 0, lbs[step[2]], default));
            }
        }
    }

    private static byte[] Frame(int flow, bool reply)
    {
        IPv4Address client = new(0xCB00_7100 + 1 + (uint)(flow % 6));
        IPv4Address server = IPv4Address.Parse("10.0.0.80");
        ushort port = (ushort)(1000 + flow);
        byte[] frame = new byte[14 + 20 + 8];
        _ = new EthernetHeader { EtherType = EtherType.IPv4 }.Write(frame);
        _ = new IPv4Header { Source = reply ? server : client, Destination = reply ? client : server, Protocol = IpProtocol.Udp, PayloadLength = 8 }.Write(frame.AsSpan(14));
        _ = new UdpHeader(reply ? (ushort)80 : port, reply ? port : (ushort)80, 0, 0).Write(frame.AsSpan(34));
        return frame;
    }
}
