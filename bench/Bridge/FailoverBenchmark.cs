using BenchmarkDotNet.Attributes;
using Weft.Bridge;
using Weft.Packets;

namespace Weft.Bench.Bridge;

/// <summary>What a takeover is made of: announcements, and a table that is compared by one number.</summary>
[MemoryDiagnoser]
public class FailoverBenchmark : IDisposable
{
    private const int Machines = 100_000;
    private const ushort Vlan = 10;
    private readonly byte[] _frame = new byte[64];
    private readonly MacSyncTable _table = new(Machines, new HashSeed(1, 2), "secret"u8);
    private readonly FilteringDatabase _macs = new(new FilteringDatabaseOptions
    {
        Capacity = 2 * Machines,
        PortCount = 1,
        VtepCount = 2,
        Seed = new HashSeed(1, 2),
        JournalCapacity = 16,
    });

    /// <summary>Fills the tables.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        for (int machine = 1; machine <= Machines; machine++)
        {
            _ = _macs.Learn(Vlan, Mac(machine), BridgeLocation.Vtep(1), default);
        }
    }

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _table.Dispose();
        _macs.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One RARP, written.</summary>
    [Benchmark(OperationsPerInvoke = Machines)]
    public int Rarp()
    {
        int length = 0;
        for (int machine = 1; machine <= Machines; machine++)
        {
            length += Announcement.WriteRarp(_frame, Mac(machine));
        }

        return length;
    }

    /// <summary>One address entered into the table and its digest, and taken out again.</summary>
    [Benchmark(OperationsPerInvoke = Machines)]
    public ulong PutAndRemove()
    {
        for (int machine = 1; machine <= Machines; machine++)
        {
            _ = _table.Put(Vlan, Mac(machine), default);
        }

        ulong digest = _table.Digest;
        for (int machine = 1; machine <= Machines; machine++)
        {
            _ = _table.Remove(Vlan, Mac(machine));
        }

        return digest ^ _table.Digest;
    }

    /// <summary>One machine of a node that is promoted: found, sorted, checked and announced three times.</summary>
    [Benchmark(OperationsPerInvoke = Machines)]
    public long Takeover()
    {
        Timestamp now = Timestamp.FromSeconds(1);
        using var node = new BridgeNode(
            new BridgeNodeOptions
            {
                Bridge = 1,
                Node = 1,
                Incarnation = 1,
                Port = 0,
                Vlans = [Vlan],
                Mac = Mac(Machines + 1),
                Seed = new HashSeed(1, 2),
                Preemption = PreemptionMode.Manual,
                AnnouncementsPerMillisecond = 100_000,
            },
            _macs,
            now);
        var sink = new CountingSink();
        node.Enable(now);
        node.Activate(now);
        while (node.Counters.AnnouncedToVlan < 3 * Machines)
        {
            now += TimeSpan.FromMilliseconds(20);
            node.Poll(now, ref sink);
        }

        return sink.Octets;
    }

    private static MacAddress Mac(int machine) => new(0x0200_0000_0000UL + (uint)machine);

    private struct CountingSink : IBridgeNodeSink
    {
        public long Octets;

        public void ToPeer(ReadOnlySpan<byte> message) => Octets += message.Length;

        public void ToHosts(ReadOnlySpan<byte> message) => Octets += message.Length;

        public void ToVlan(ushort vlan, ReadOnlySpan<byte> frame) => Octets += frame.Length;

        public void ToOverlay(ushort vlan, ReadOnlySpan<byte> frame) => Octets += frame.Length;
    }
}
