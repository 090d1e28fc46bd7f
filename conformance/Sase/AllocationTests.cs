using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>Nothing is allocated after construction, whatever comes.</summary>
[Trait(Kind.Key, Kind.Alloc)]
public sealed class AllocationTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_hundred_thousand_packets_both_ways_with_new_flows_full_tables_and_expiries_allocate_nothing(bool noted, bool atOnce)
    {
        PopOptions pop = Pop.Base(2, 2);
        using var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = 0, Incarnation = 1, Flows = 1024, StallLimit = TimeSpan.FromSeconds(1), Sessions = noted ? new SessionLogOptions { Series = 1, Records = 64 } : null, Start = Pop.Start });
        using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [new GatewaySegment(1001, 0)], Start = Pop.Start });
        node.Configure([Make(1001) with { FlowQuota = 4096 }]);
        Timestamp now = Pop.Start;
        for (int i = 0; i <= 400; i++)
        {
            now = Pop.Start + TimeSpan.FromMilliseconds(i);
            node.Advance(now);
        }

        gateway.NodeUp(0);
        gateway.Advance(now);
        node.PeerUp(1);
        byte[][] packets = [.. Enumerable.Range(0, 2000).Select(port => port % 4 == 0 ? Tcp(Site, (ushort)port, Remote, 80, TcpFlags.Syn) : port % 50 == 1 ? Echo(Site, Remote, (ushort)port) : Udp(Site, (ushort)port, Remote, 53))];
        byte[] buffer = new byte[256];
        byte[] message = new byte[1400];
        var lane = new SaseVerdict[1];
        var burst = new InPlace(buffer, lane);
        int step = 0;
        void Work()
        {
            for (int i = 0; i < 50_000; i++)
            {
                byte[] packet = packets[step++ % packets.Length];
                packet.CopyTo(buffer, 128);
                SaseVerdict sent = gateway.ToNode(buffer, 128, packet.Length, 1001);
                lane[0] = sent;
                if (atOnce)
                {
                    node.FromTunnel(ref burst, now);
                }

                SaseVerdict left = atOnce ? lane[0] : node.FromTunnel(buffer, sent.Offset, sent.Length, now);
                if (left.Action == SaseAction.ToUplink)
                {
                    Swap(buffer.AsSpan(left.Offset));
                    if (atOnce)
                    {
                        node.FromUplink(ref burst, now);
                    }

                    SaseVerdict back = atOnce ? lane[0] : node.FromUplink(buffer, left.Offset, left.Length, now);
                    if (back.Action == SaseAction.ToTunnel)
                    {
                        _ = gateway.FromNode(buffer, back.Offset, back.Length);
                    }
                }

                if (i % 16 == 0)
                {
                    now += TimeSpan.FromMilliseconds(500);
                    node.Advance(now);
                    gateway.Advance(now);
                    while (node.TryTakeMessage(message, out _, out _, now) | gateway.TryTakeMessage(message, out _, out _))
                    {
                    }

                    _ = node.TryTakeSession(out _);
                    while (node.TryTakeEvent(out _) | gateway.TryTakeEvent(out _))
                    {
                    }
                }
            }
        }

        Assert.Equal(0, Allocations.Of(Work));
        Assert.True(node.Counters.Drops[SaseDrop.TableFull] > 0, "the table was never full");
        Assert.Equal(noted, node.Counters.SessionsEnded > 0 && node.Counters.SessionRecordsLost > 0);
        Assert.True(node.Counters.FlowsEnded > 0, "no flow ever expired");
        Assert.True(node.Counters.ToTunnel > 0 && gateway.Counters.ToTenant > 0, "nothing came back");
    }

    /// <summary>One packet in its buffer, where the last verdict says.</summary>
    private readonly struct InPlace(byte[] buffer, SaseVerdict[] lane) : ISasePackets
    {
        public int Count => 1;

        public Span<byte> Buffer(int index, out int offset, out int length)
        {
            (offset, length) = (lane[index].Offset, lane[index].Length);
            return buffer;
        }

        public void Settle(int index, in SaseVerdict verdict) => lane[index] = verdict;
    }

    /// <summary>The remote answers from where it was asked.</summary>
    private static void Swap(Span<byte> packet)
    {
        uint source = BitConverter.ToUInt32(packet[12..]);
        packet.Slice(16, 4).CopyTo(packet[12..]);
        _ = BitConverter.TryWriteBytes(packet[16..], source);
        if (packet[9] == (byte)IpProtocol.Udp)
        {
            ushort port = BitConverter.ToUInt16(packet[20..]);
            packet.Slice(22, 2).CopyTo(packet[20..]);
            _ = BitConverter.TryWriteBytes(packet[22..], port);
        }
    }
}
