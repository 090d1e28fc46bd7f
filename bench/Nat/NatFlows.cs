using Weft.Nat;
using Weft.Packets;

namespace Weft.Bench.Nat;

/// <summary>UDP flows of machines behind ten shared addresses, and their packets; the same in every run.</summary>
internal sealed class NatFlows
{
    public const int PacketBytes = 64;
    public const uint Scope = 7;

    /// <summary>Flows to one remote: fewer than ten addresses have ports.</summary>
    private const int FlowsPerRemote = 500_000;

    private const int Machines = 16_384;
    private readonly uint[] _order;

    public NatFlows(int count)
    {
        Count = count;
        _order = [.. Enumerable.Range(0, count).Select(number => (uint)number)];
        new Random(1).Shuffle(_order);
    }

    public int Count { get; }

    /// <summary>An engine that has all flows, each with a port of its own towards its remote.</summary>
    public static NatEngine Engine(int entries)
    {
        var perRemote = new NatBehavior(MappingBehavior.AddressAndPortDependent, FilteringBehavior.AddressAndPortDependent);
        var engine = new NatEngine(new NatOptions
        {
            Seed = new HashSeed(1, 2),
            Entries = entries,
            Machines = Machines,
            Pooling = PoolingBehavior.Arbitrary,
            Udp = perRemote,
            PortOverlap = true,
        });
        for (uint address = 0; address < 10; address++)
        {
            for (byte log2 = 10; log2 <= PortBlock.MaxLog2Size; log2++)
            {
                _ = engine.TryAddBlock(new PortBlock(new IPv4Address(0xC000_0200 + address), (ushort)(1 << log2), log2), default);
            }
        }

        return engine;
    }

    /// <summary>Writes packets of flows one after another, in the order in which they began or shuffled.</summary>
    public void Write(Span<byte> packets, int first, bool shuffled)
    {
        for (int i = 0; i * PacketBytes < packets.Length; i++)
        {
            uint flow = shuffled ? _order[first + i] : (uint)(first + i);
            Write(packets.Slice(i * PacketBytes, PacketBytes), flow);
        }
    }

    private static void Write(Span<byte> packet, uint flow)
    {
        uint place = flow % FlowsPerRemote;
        var source = new IPv4Address(0x0A00_0001 + place % Machines);
        var remote = new IPv4Address(0xC633_6401 + flow / FlowsPerRemote);
        _ = new IPv4Header { Source = source, Destination = remote, Protocol = IpProtocol.Udp, PayloadLength = 44, DontFragment = true }.Write(packet);
        _ = new UdpHeader((ushort)(1024 + place / Machines), 53, 36, 0x1234).Write(packet[20..]);
    }
}
