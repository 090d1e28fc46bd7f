using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Weft.Bench.Ratios;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Bench.Bridge;

/// <summary>
/// The first of many rules that a packet matches: networks, ports and protocols as in lists that people write, packets of which most belong to
/// some rule. Both are handed the fields of packets.
/// </summary>
/// <param name="rules">How many rules.</param>
/// <param name="burst">Packets that the peer is handed at once; ours takes one at a time.</param>
/// <param name="goal">The goal: a burst lets the peer look sixteen packets up in the lanes of one register (docs/decisions/0029).</param>
public abstract class AclLookupRatio(int rules, int burst, double goal) : IRatio
{
    private const int Packets = 8_192;

    private readonly PacketFields[] _packets = new PacketFields[Packets];
    private readonly Tuple[] _tuples = new Tuple[Packets];
    private readonly Rule[] _rules = new Rule[rules];
    private PacketClassifier? _classifier;
    private NativePeer? _peer;

    /// <inheritdoc/>
    public string Package => "Bridge";

    /// <inheritdoc/>
    public string Name => $"find the first of {rules} access rules that a packet matches, {(burst == 1 ? "one by one" : "beside bursts")}";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => $"DPDK rte_acl_classify, {burst} at once, fastest code of the processor";

    /// <inheritdoc/>
    public double Goal => goal;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        var random = new Random(5);
        for (int i = 0; i < rules; i++)
        {
            _rules[i] = RandomRule(random);
        }

        _classifier = new PacketClassifier([.. _rules.Select(rule => rule.ToPacketRule())]);
        for (int i = 0; i < Packets; i++)
        {
            _tuples[i] = RandomPacket(random, _rules[random.Next(rules)]);
            _packets[i] = _tuples[i].ToFields();
        }
    }

    /// <inheritdoc/>
    public unsafe string? SetUpPeer()
    {
        _peer = NativePeer.TryLoad("rte_acl.c", ["libdpdk"], [], out string whyNot);
        if (_peer is null)
        {
            return whyNot;
        }

        fixed (Rule* first = _rules)
        {
            return ((delegate* unmanaged<Rule*, uint, int>)_peer.Function("peer_acl_create"))(first, (uint)rules) == 0 ? null : "rte_acl cannot be built: EAL does not start, or too little memory";
        }
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        ulong sum = 0;
        PacketClassifier classifier = _classifier!;
        foreach (ref readonly PacketFields packet in _packets.AsSpan())
        {
            sum += (ulong)(classifier.Match(packet) + 1);
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / Packets, sum);
    }

    /// <inheritdoc/>
    public unsafe Sample Peer()
    {
        long start = ThreadClock.Nanoseconds;
        fixed (Tuple* first = _tuples)
        {
            ulong sum = ((delegate* unmanaged<Tuple*, uint, uint, ulong>)_peer!.Function("peer_acl_classify"))(first, Packets, (uint)burst);
            return new Sample((double)(ThreadClock.Nanoseconds - start) / Packets, sum);
        }
    }

    /// <inheritdoc/>
    public unsafe void Dispose()
    {
        if (_peer is not null)
        {
            ((delegate* unmanaged<void>)_peer.Function("peer_acl_free"))();
            _peer.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Networks of tenants, services by their port, and now and then a range or everything.</summary>
    private static Rule RandomRule(Random random)
    {
        (uint source, uint sourceLength) = Network(random);
        (uint destination, uint destinationLength) = Network(random);
        var rule = new Rule { Source = source, SourceLength = sourceLength, Destination = destination, DestinationLength = destinationLength, SourceLast = ushort.MaxValue, DestinationLast = ushort.MaxValue };
        rule.Protocol = random.Next(10) switch { < 6 => (uint)IpProtocol.Tcp, < 9 => (uint)IpProtocol.Udp, _ => 0u };
        if (rule.Protocol != 0)
        {
            int service = random.Next(4);
            ushort port = (ushort)random.Next(1, 10_000);
            (rule.DestinationFirst, rule.DestinationLast) = service switch { 0 => ((ushort)0, ushort.MaxValue), 1 => (port, (ushort)(port + random.Next(1, 1_000))), _ => (port, port) };
        }

        return rule;
    }

    private static (uint Address, uint Length) Network(Random random)
    {
        int length = random.Next(10) switch { 0 => 0, < 3 => 16, < 7 => 24, _ => 32 };
        uint mask = length == 0 ? 0 : uint.MaxValue << (32 - length);
        // 10.0.0.0/10: networks of different rules meet.
        return ((0x0A00_0000u | (uint)random.Next(1 << 22)) & mask, (uint)length);
    }

    private static Tuple RandomPacket(Random random, in Rule rule)
    {
        bool isStray = random.Next(10) == 0;
        byte protocol = rule.Protocol == 0 || isStray ? (byte)IpProtocol.Tcp : (byte)rule.Protocol;
        return new Tuple
        {
            Protocol = protocol,
            Source = BinaryPrimitives.ReverseEndianness(Within(random, rule.Source, rule.SourceLength)),
            Destination = BinaryPrimitives.ReverseEndianness(Within(random, rule.Destination, rule.DestinationLength)),
            SourcePort = BinaryPrimitives.ReverseEndianness((ushort)random.Next(1_024, 65_536)),
            DestinationPort = BinaryPrimitives.ReverseEndianness((ushort)(isStray ? random.Next(65_536) : random.Next(rule.DestinationFirst, rule.DestinationLast + 1))),
        };
    }

    private static uint Within(Random random, uint network, uint length) => length == 32 ? network : network | ((uint)random.NextInt64(1L << 32) >> (int)length);

    /// <summary>As the peer reads it: <c>struct tuple</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Tuple
    {
        public byte Protocol;
        public byte Padding0, Padding1, Padding2;
        public uint Source, Destination;
        public ushort SourcePort, DestinationPort;

        public readonly PacketFields ToFields() => new(
            isIPv4: true,
            IPv6Address.MapIPv4(new IPv4Address(BinaryPrimitives.ReverseEndianness(Source))),
            IPv6Address.MapIPv4(new IPv4Address(BinaryPrimitives.ReverseEndianness(Destination))),
            (IpProtocol)Protocol,
            hasPorts: true,
            BinaryPrimitives.ReverseEndianness(SourcePort),
            BinaryPrimitives.ReverseEndianness(DestinationPort));
    }

    /// <summary>As the peer reads it: <c>struct rule</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Rule
    {
        public uint Source, SourceLength, Destination, DestinationLength;
        public ushort SourceFirst, SourceLast, DestinationFirst, DestinationLast;
        public uint Protocol;

        public readonly PacketRule ToPacketRule() => new()
        {
            Source = new PrefixSet([new IPv4Prefix(new IPv4Address(Source), (int)SourceLength)], []),
            Destination = new PrefixSet([new IPv4Prefix(new IPv4Address(Destination), (int)DestinationLength)], []),
            Protocol = Protocol == 0 ? null : (IpProtocol)Protocol,
            DestinationPorts = DestinationFirst == 0 && DestinationLast == ushort.MaxValue ? [] : [new PortRange(DestinationFirst, DestinationLast)],
        };
    }
}
