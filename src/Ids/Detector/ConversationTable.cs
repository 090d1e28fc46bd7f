using Weft.Flows;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>The conversations that are remembered, found by their ends.</summary>
internal sealed class ConversationTable(DetectorOptions options) : IDisposable
{
    // After so long without a packet what comes belongs to another conversation: Suricata's times.
    private static readonly TimeSpan IdleNew = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan IdleEstablished = TimeSpan.FromSeconds(600);
    private static readonly TimeSpan IdlePlain = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    private readonly FlowTable<FlowTuple, FlowState> _table = new(new FlowTableOptions { Capacity = options.FlowCapacity, Seed = options.Seed, WhenFull = FlowFullPolicy.EvictIdle });
    private ulong _lastId;

    /// <summary>What conversations that begin from now on are marked with.</summary>
    public uint Tag { get; set; }

    public ref FlowState this[FlowHandle handle] => ref _table[handle];

    public FlowTuple KeyOf(FlowHandle handle) => _table.KeyOf(handle);

    public int Slice(ref int cursor, Span<FlowHandle> handles) => _table.Slice(ref cursor, handles);

    public void Remove(FlowHandle handle) => _table.Remove(handle);

    /// <summary>Finds the conversation of a packet, or begins one.</summary>
    public ref FlowState Get(scoped in PacketFacts packet, Timestamp now, ref FlowState unremembered, DetectorMeter meter, out bool sourceIsLow, out bool isNew, out FlowVictim<FlowTuple, FlowState> lost)
    {
        FlowTuple key = KeyOf(packet.Source, packet.Destination, packet.SourcePort, packet.DestinationPort, packet.Protocol, out sourceIsLow);
        FlowAddResult result = _table.Add(in key, out FlowHandle handle, out lost);
        isNew = true;
        if (result is FlowAddResult.Refused or FlowAddResult.Conflict)
        {
            meter.Counters.FlowsLost++;
            unremembered = default;
            return ref unremembered;
        }

        meter.Counters.FlowsLost += lost.Exists ? 1 : 0;
        ref FlowState flow = ref _table[handle];
        if (result != FlowAddResult.AlreadyPresent)
        {
            Begin(ref flow, now);
            return ref flow;
        }

        isNew = IsOver(in flow, in packet, now);
        return ref flow;
    }

    /// <summary>Makes a conversation as if nothing had been seen of it.</summary>
    public void Begin(ref FlowState flow, Timestamp now) => flow = new FlowState { Id = ++_lastId, Tag = Tag, FirstSeen = now.Nanoseconds, ImageGeneration = -1 };

    public bool TryFind(IPv6Address source, IPv6Address destination, ushort sourcePort, ushort destinationPort, IpProtocol protocol, ulong id, out FlowHandle handle)
    {
        FlowTuple key = KeyOf(source, destination, sourcePort, destinationPort, protocol, out _);
        handle = _table.Find(in key);
        return !handle.IsNone && _table[handle].Id == id;
    }

    /// <summary>Facts of a packet that the client might have sent.</summary>
    public static PacketFacts FactsOf(in FlowTuple key, bool clientIsLow)
    {
        ushort low = (ushort)(key.Ports >> 16);
        ushort high = (ushort)key.Ports;
        bool isFour = key.Low.High == 0 && key.Low.Low >> 32 == 0xFFFF;
        return new PacketFacts
        {
            Version = (byte)(isFour ? 4 : 6),
            Protocol = (IpProtocol)(key.Ports >> 32),
            HasTransport = true,
            Source = clientIsLow ? key.Low : key.High,
            Destination = clientIsLow ? key.High : key.Low,
            SourcePort = clientIsLow ? low : high,
            DestinationPort = clientIsLow ? high : low,
        };
    }

    /// <summary>The key of a packet's conversation.</summary>
    public static FlowTuple KeyOf(scoped in PacketFacts packet) => KeyOf(packet.Source, packet.Destination, packet.SourcePort, packet.DestinationPort, packet.Protocol, out _);

    public void Dispose() => _table.Dispose();

    private static FlowTuple KeyOf(IPv6Address source, IPv6Address destination, ushort sourcePort, ushort destinationPort, IpProtocol protocol, out bool sourceIsLow)
    {
        ulong kind = (ulong)protocol << 32;
        int order = source.CompareTo(destination);
        sourceIsLow = order < 0 || (order == 0 && sourcePort <= destinationPort);
        return sourceIsLow
            ? new FlowTuple(source, destination, kind | (uint)sourcePort << 16 | destinationPort)
            : new FlowTuple(destination, source, kind | (uint)destinationPort << 16 | sourcePort);
    }

    /// <summary>True if so long nothing was heard of a conversation that what comes belongs to another one.</summary>
    public static bool IsIdle(in FlowState flow, Timestamp now)
    {
        TimeSpan most = flow.Protocol != IpProtocol.Tcp ? IdlePlain : flow.Stage == FlowStage.Established ? IdleEstablished : IdleNew;
        return now - new Timestamp(flow.LastSeen) > most;
    }

    /// <summary>True if a conversation can be forgotten: it is idle, or closed and what was still on its way has come.</summary>
    public static bool IsDone(in FlowState flow, Timestamp now) =>
        IsIdle(in flow, now) || (flow.Stage == FlowStage.Closed && now - new Timestamp(flow.LastSeen) > Linger);

    // A port may be used again at once when its connection has ended.
    private static bool IsOver(in FlowState flow, in PacketFacts packet, Timestamp now)
    {
        bool isSyn = packet.IsTcp && (packet.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn;
        return IsIdle(in flow, now) || (isSyn && flow.Stage is FlowStage.Closed or FlowStage.Midstream && isSyn);
    }
}
