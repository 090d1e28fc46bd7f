using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

/// <summary>A snooper on one segment, and what it says.</summary>
internal sealed class SnooperTestBed : IDisposable
{
    public static readonly HashSeed Seed = new(5, 6);

    public SnooperTestBed(SnoopingSegmentOptions? segment = null, SnoopingPortOptions? firstPort = null, int ports = 4)
    {
        Snooper = new MulticastSnooper(new SnoopingOptions
        {
            Ports = [firstPort ?? new SnoopingPortOptions(), .. Enumerable.Range(1, ports - 1).Select(_ => new SnoopingPortOptions())],
            Segments = [segment ?? new SnoopingSegmentOptions()],
            Seed = Seed,
        });
    }

    public static SnoopingSegmentOptions Querying { get; } = new()
    {
        QuerierIPv4 = IPv4Address.Parse("192.0.2.100"),
        QuerierIPv6 = IPv6Address.Parse("fe80::100"),
        QuerierMac = new MacAddress(0x0200_0000_00FF),
    };

    public MulticastSnooper Snooper { get; }

    public List<(int Port, byte[] Frame)> Queries { get; } = [];

    public double Now { get; private set; }

    public SnoopResult Send(int port, byte[] frame)
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return Snooper.OnFrame(0, port, frame, layout, Timestamp.FromSeconds(Now));
    }

    /// <summary>Lets every timer fire at its own time.</summary>
    public void WaitUntil(double seconds)
    {
        var sink = new Collect(Queries);
        var end = Timestamp.FromSeconds(seconds);
        while (Snooper.NextWork <= end)
        {
            _ = Snooper.Advance(Snooper.NextWork, ref sink);
        }

        Now = seconds;
        _ = Snooper.Advance(end, ref sink);
    }

    public void Wait(double seconds) => WaitUntil(Now + seconds);

    /// <summary>The state of one group at one port: <c>EXCLUDE X{1,2} Y{20}</c> with the last octets, empty if there is none.</summary>
    public string State(string group, int port = 0)
    {
        MembershipSnapshot? one = Snooper.Snapshot(Timestamp.Zero).Memberships.SingleOrDefault(found => found.Port == port && found.Group == MulticastAddress.Parse(group));
        return one is null
            ? ""
            : $"{(one.IsExclude ? "EXCLUDE" : "INCLUDE")} X{{{Octets(one.Forwarded)}}} Y{{{Octets(one.Blocked)}}}";
    }

    public bool Delivers(string group, string source, int port = 0)
    {
        ulong[] bits = new ulong[1];
        _ = Snooper.CollectMembers(0, MulticastAddress.Parse(group), MulticastAddress.Parse(source), bits, out _);
        return (bits[0] >> port & 1) != 0;
    }

    public void Dispose() => Snooper.Dispose();

    private static string Octets(IReadOnlyList<IPv6Address> addresses) => string.Join(',', addresses.Select(address => address.Low & 0xFF));

    private readonly struct Collect(List<(int Port, byte[] Frame)> queries) : IControlSink
    {
        public void Send(int segment, int port, ReadOnlySpan<byte> frame) => queries.Add((port, frame.ToArray()));
    }
}
