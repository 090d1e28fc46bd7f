using Weft.Conformance.Support;
using Weft.Multicast;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.MulticastTests;

/// <summary>What the Linux kernel's sockets and its bridge's querier sent.</summary>
public sealed class KernelControlTests
{
    private static readonly MacAddress Querier = MacAddress.Parse("02:00:00:00:70:03");

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Every_group_that_the_kernels_sockets_joined_is_learned_and_nothing_is_refused()
    {
        using var bed = new SnooperTestBed();
        using var reader = PcapReader.Open(Repository.File("pcaps/kernel-igmp-mld.pcap"));
        var joined = new HashSet<string>();
        double? first = null;
        while (reader.TryRead(out PcapPacket packet))
        {
            double at = packet.Timestamp.Nanoseconds / 1e9;
            first ??= at;
            bed.WaitUntil(at - first.Value);
            byte[] frame = packet.Data.ToArray();
            int port = MacAddress.Read(frame.AsSpan(6)) == Querier ? 1 : 0;
            Assert.NotEqual(SnoopResult.Drop, bed.Send(port, frame));
            joined.UnionWith(bed.Snooper.Snapshot(Timestamp.Zero).Memberships.Where(one => one.Port == 0).Select(one => MulticastAddress.Format(one.Group)));
        }

        Assert.Equal(
            ["232.1.1.1", "239.1.1.1", "239.1.2.1", "239.1.3.1", "239.1.3.2", "239.1.9.1", "ff15::1:1", "ff15::2:1", "ff15::2:2", "ff15::9:1", "ff35::1:1"],
            joined.Order(StringComparer.Ordinal));
        Assert.True(bed.Snooper.IsRouterPort(0, 1, isIPv6: true));
        bed.Wait(600);
        Assert.Equal(0, bed.Snooper.GroupCount + bed.Snooper.SourceCount);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Nothing_is_allocated_for_joins_filters_leaves_and_expiry()
    {
        using var bed = new SnooperTestBed(SnooperTestBed.Querying);
        byte[][] frames =
        [
            .. Enumerable.Range(0, 64).Select(group => ControlFrames.V2(IgmpType.ReportV2, $"239.1.1.{group}")),
            .. Enumerable.Range(0, 64).Select(group => ControlFrames.ReportV3(GroupRecordType.AllowNewSources, $"239.1.2.{group}", 1, "192.0.2.1", "192.0.2.2")),
            .. Enumerable.Range(0, 64).Select(group => ControlFrames.V2(IgmpType.LeaveGroup, $"239.1.1.{group}", "224.0.0.2")),
        ];
        var sink = default(Ignore);
        double now = 0;
        long allocated = Allocations.Of(() =>
        {
            for (int round = 0; round < 100; round++)
            {
                foreach (byte[] frame in frames)
                {
                    _ = PacketLayout.TryParse(frame, out PacketLayout layout);
                    _ = bed.Snooper.OnFrame(0, 0, frame, layout, Timestamp.FromSeconds(now));
                }

                now += 150;
                while (bed.Snooper.NextWork <= Timestamp.FromSeconds(now))
                {
                    _ = bed.Snooper.Advance(Timestamp.FromSeconds(now), ref sink);
                }
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(bed.Snooper.Counters.Expired > 0);
    }

    private readonly struct Ignore : IControlSink
    {
        public void Send(int segment, int port, ReadOnlySpan<byte> frame)
        {
        }
    }
}
