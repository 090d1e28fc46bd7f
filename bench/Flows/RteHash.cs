using Weft.Bench.Ratios;
using Weft.Packets;

namespace Weft.Bench.Flows;

/// <summary>DPDK's rte_hash in this process. EAL can be started once only, therefore one library for all ratios.</summary>
internal sealed unsafe class RteHash : IDisposable
{
    private static readonly Lazy<(NativePeer? Peer, string WhyNot)> Library = new(Load);

    private readonly NativePeer _peer;

    private RteHash(NativePeer peer) => _peer = peer;

    /// <summary>Makes a table for <paramref name="flows"/> flows with a session of 64 bytes each.</summary>
    public static RteHash? TryCreate(int flows, out string? whyNot)
    {
        (NativePeer? peer, whyNot) = Library.Value;
        if (peer is null)
        {
            return null;
        }

        bool made = ((delegate* unmanaged<uint, int>)peer.Function("peer_create"))((uint)flows) == 0;
        whyNot = made ? null : "rte_hash cannot be made: too little memory";
        var table = new RteHash(peer);
        if (whyNot is not null)
        {
            table.Dispose();
            return null;
        }

        return table;
    }

    public void Clear() => ((delegate* unmanaged<void>)_peer.Function("peer_clear"))();

    public Sample Insert(ReadOnlySpan<FlowKey4> keys) => Measure("peer_insert", keys);

    public Sample InsertSessions(ReadOnlySpan<FlowKey4> keys) => Measure("peer_insert_sessions", keys);

    public Sample Delete(ReadOnlySpan<FlowKey4> keys) => Measure("peer_delete", keys);

    public Sample Lookup(ReadOnlySpan<FlowKey4> keys) => Measure("peer_lookup", keys);

    /// <summary>Looks all keys up one by one; the result counts packets as <see cref="Lookup"/> does.</summary>
    public Sample LookupSingle(ReadOnlySpan<FlowKey4> keys) => Measure("peer_lookup_single", keys);

    /// <summary>Makes a session for the flow of each packet; the first one gets a number, the others the next ones.</summary>
    public ulong Learn(ReadOnlySpan<byte> packets, int stride, int first)
    {
        fixed (byte* start = packets)
        {
            return ((delegate* unmanaged<byte*, uint, uint, uint, ulong>)_peer.Function("peer_learn"))(start, (uint)(packets.Length / stride), (uint)stride, (uint)first);
        }
    }

    /// <summary>Translates packets in place.</summary>
    public ulong Translate(Span<byte> packets, int stride)
    {
        fixed (byte* start = packets)
        {
            return ((delegate* unmanaged<byte*, uint, uint, ulong, ulong>)_peer.Function("peer_translate"))(start, (uint)(packets.Length / stride), (uint)stride, 1);
        }
    }

    public void Dispose() => ((delegate* unmanaged<void>)_peer.Function("peer_destroy"))();

    private static (NativePeer? Peer, string WhyNot) Load()
    {
        NativePeer? peer = NativePeer.TryLoad("rte_hash.c", ["libdpdk"], [], out string whyNot);
        if (peer is not null && ((delegate* unmanaged<int>)peer.Function("peer_start"))() != 0)
        {
            return (null, "DPDK's EAL does not start here, or there are no huge pages");
        }

        return (peer, whyNot);
    }

    private Sample Measure(string function, ReadOnlySpan<FlowKey4> keys)
    {
        var work = (delegate* unmanaged<byte*, uint, ulong>)_peer.Function(function);
        fixed (FlowKey4* start = keys)
        {
            long before = ThreadClock.Nanoseconds;
            ulong result = work((byte*)start, (uint)keys.Length);
            return new Sample((double)(ThreadClock.Nanoseconds - before) / keys.Length, result);
        }
    }
}
