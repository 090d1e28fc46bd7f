using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// Many packets at a time: all are read, then all are looked up together, so that their cache misses overlap, and those of flows
/// that are known and alive, which are nearly all, are translated on the spot. Whatever is not as usual goes the way of single packets.
/// </summary>
public sealed partial class NatEngine
{
    private const int Batch = 32;

    private static readonly NatVerdict Outgoing = new() { Action = NatAction.Translated };

    private readonly NatPacket[] _batch = new NatPacket[Batch];
    private readonly NatDropReason[] _batchReasons = new NatDropReason[Batch];
    private readonly FlowKey4[] _batchKeys = new FlowKey4[Batch];
    private readonly FlowHandle[] _batchHandles = new FlowHandle[Batch];

    /// <summary>How many entries had ever been added when the batch was looked up: as long as it is the same, what was not found is not there.</summary>
    private long _additionsAtLookup = -1;

    /// <summary>Translates packets that machines send, with the same results as one by one and fewer stalls.</summary>
    /// <param name="buffer">Holds all packets, edited in place.</param>
    /// <param name="packets">Where they are.</param>
    /// <param name="verdicts">Gets one verdict a packet.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException"><paramref name="verdicts"/> is shorter than <paramref name="packets"/>, or a packet is not in the buffer.</exception>
    public void TranslateOutbound(Span<byte> buffer, ReadOnlySpan<NatSegment> packets, Span<NatVerdict> verdicts, Timestamp now)
    {
        CheckLengths(packets.Length, verdicts.Length);
        bool usual = _exemptions.Length == 0 && _maps.Count == 0;
        for (; !packets.IsEmpty; packets = packets[Math.Min(Batch, packets.Length)..], verdicts = verdicts[Math.Min(Batch, verdicts.Length)..])
        {
            int count = Math.Min(Batch, packets.Length);
            for (int i = 0; i < count; i++)
            {
                _batchReasons[i] = NatPacket.Read(buffer.Slice(packets[i].Offset, packets[i].Length), out _batch[i]);
                _batchKeys[i] = _batchReasons[i] == NatDropReason.None ? OutboundKey(in _batch[i], packets[i].Scope) : default;
            }

            _entries.Find(_batchKeys.AsSpan(0, count), _batchHandles);
            _additionsAtLookup = _entries.Counters.Added;
            for (int i = 0; i < count; i++)
            {
                ref readonly NatPacket at = ref _batch[i];
                Span<byte> packet = buffer.Slice(packets[i].Offset, packets[i].Length);
                if (usual && _batchReasons[i] == NatDropReason.None && TryTranslateKnownOutbound(packet, in at, _batchHandles[i], now))
                {
                    verdicts[i] = Outgoing;
                    continue;
                }

                verdicts[i] = _batchReasons[i] != NatDropReason.None
                    ? TranslateOddOutbound(packet, in at, _batchReasons[i], packets[i].Scope, now)
                    : TranslateOutbound(packet, in at, packets[i].Scope, _batchHandles[i], now);
            }
        }

        _additionsAtLookup = -1;
    }

    /// <summary>Translates packets that came for shared addresses, with the same results as one by one and fewer stalls.</summary>
    /// <param name="buffer">Holds all packets, edited in place.</param>
    /// <param name="packets">Where they are.</param>
    /// <param name="redirected">True if another host sent them on.</param>
    /// <param name="verdicts">Gets one verdict a packet.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException"><paramref name="verdicts"/> is shorter than <paramref name="packets"/>, or a packet is not in the buffer.</exception>
    public void TranslateInbound(Span<byte> buffer, ReadOnlySpan<NatSegment> packets, bool redirected, Span<NatVerdict> verdicts, Timestamp now)
    {
        CheckLengths(packets.Length, verdicts.Length);
        for (; !packets.IsEmpty; packets = packets[Math.Min(Batch, packets.Length)..], verdicts = verdicts[Math.Min(Batch, verdicts.Length)..])
        {
            int count = Math.Min(Batch, packets.Length);
            for (int i = 0; i < count; i++)
            {
                _batchReasons[i] = NatPacket.Read(buffer.Slice(packets[i].Offset, packets[i].Length), out _batch[i]);
                _batchKeys[i] = _batchReasons[i] == NatDropReason.None ? InboundKey(in _batch[i]) : default;
            }

            _entries.Find(_batchKeys.AsSpan(0, count), _batchHandles);
            for (int i = 0; i < count; i++)
            {
                ref readonly NatPacket at = ref _batch[i];
                Span<byte> packet = buffer.Slice(packets[i].Offset, packets[i].Length);
                if (_batchReasons[i] == NatDropReason.None && TryTranslateKnownInbound(packet, in at, _batchHandles[i], now, out uint scope))
                {
                    verdicts[i] = new NatVerdict { Action = NatAction.Translated, IsInbound = true, Scope = scope };
                    continue;
                }

                verdicts[i] = _batchReasons[i] != NatDropReason.None
                    ? TranslateOddInbound(packet, in at, _batchReasons[i])
                    : TranslateInbound(packet, in at, redirected, _batchHandles[i], now);
            }
        }
    }

    private static void CheckLengths(int packets, int verdicts)
    {
        if (verdicts < packets)
        {
            throw new ArgumentException($"{verdicts} places for the verdicts of {packets} packets.", nameof(verdicts));
        }
    }

    /// <summary>True if a packet was translated: a whole one of a flow that is known, alive and leaves the house.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTranslateKnownOutbound(Span<byte> packet, in NatPacket at, FlowHandle handle, Timestamp now)
    {
        // An earlier packet of the batch may have ended the flow that this one was found to belong to.
        if (at.IsFragment || at.Kind != NatPacketKind.Flow || at.Protocol == IpProtocol.Sctp || handle.IsReverse || !_entries.IsLive(handle) || _pool.IsShared(at.Destination))
        {
            return false;
        }

        ref NatEntry entry = ref _entries.Get(handle, out _, out FlowKey4 outside);
        if (IsIdle(in entry, at.Protocol, now))
        {
            return false;
        }

        Touch(handle, ref entry, in at, outbound: true, now);
        PacketEdit.SetEndpoint(packet, in at, source: true, outside.Destination, outside.DestinationPort);
        if (at.MayBeFragmented)
        {
            PacketEdit.SetHeaderWord(packet, PacketEdit.IdentificationOffset, NextIdentification(outside.Destination, in at));
        }

        _counters.TranslatedOutbound++;
        return true;
    }

    /// <summary>True if a packet was translated: a whole one of a flow that is known and alive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTranslateKnownInbound(Span<byte> packet, in NatPacket at, FlowHandle handle, Timestamp now, out uint scope)
    {
        scope = 0;
        if (at.IsFragment || at.Kind == NatPacketKind.IcmpError || at.Protocol == IpProtocol.Sctp || !handle.IsReverse || !_entries.IsLive(handle) || _pool.IsShared(at.Source))
        {
            return false;
        }

        ref NatEntry entry = ref _entries.Get(handle, out FlowKey4 inside, out _);
        if (IsIdle(in entry, at.Protocol, now) || (at.Protocol == IpProtocol.Icmp && at.Kind != NatPacketKind.IcmpReply))
        {
            return false;
        }

        Touch(handle, ref entry, in at, outbound: false, now);
        PacketEdit.SetEndpoint(packet, in at, source: false, inside.Source, inside.SourcePort);
        scope = inside.Scope;
        _counters.TranslatedInbound++;
        return true;
    }
}
