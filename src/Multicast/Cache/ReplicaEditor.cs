using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// Carries actions out on one frame. The slow path calls it while it records, the fast path calls it while it replays: there is
/// no other code that changes a replica. Edits are noted and applied when a replica is written, so replicas cannot see each
/// other's, and the original is never touched.
/// </summary>
internal ref struct ReplicaEditor<TSink>
    where TSink : struct, IReplicaSink
{
    /// <summary>Frames up to here are copied whole: sharing what is left would cost more.</summary>
    private const int CopyLimit = 192;

    private const int AddressBytes = 2 * MacAddress.Length;
    private const ushort PriorityMask = 0xF000;

    private readonly ReadOnlySpan<byte> _frame;
    private readonly SegmentTable _segments;
    private readonly ref TSink _sink;
    private readonly ref MulticastCounters _counters;
    private readonly int _network;
    private readonly int _bodyStart;
    private readonly int _bodyEnd;
    private readonly ushort _tci;
    private readonly bool _isIPv4;
    private readonly byte _ttl;
    private readonly ushort _flowPort;
    private Edits _edits;
    private Edits _base;

    public ReplicaEditor(
        ReadOnlySpan<byte> frame, in PacketLayout layout, SegmentTable segments, ushort flowPort, ref TSink sink, ref MulticastCounters counters)
    {
        _frame = frame[layout.L2Offset..];
        _segments = segments;
        _sink = ref sink;
        _counters = ref counters;
        _network = layout.L3Offset - layout.L2Offset;
        bool tagged = layout.VlanTags > 0 && BinaryPrimitives.ReadUInt16BigEndian(_frame[AddressBytes..]) == (ushort)EtherType.VlanTag;
        _tci = tagged ? layout.OuterTci : (ushort)0;
        _bodyStart = AddressBytes + (tagged ? 4 : 0);
        _bodyEnd = _frame.Length <= CopyLimit ? _frame.Length : _network + IPv6Header.Length;
        _isIPv4 = layout.IsIPv4;
        _ttl = _frame[_network + (_isIPv4 ? 8 : 7)];
        _flowPort = flowPort;
    }

    /// <summary>True once anything went out or was meant to.</summary>
    public bool HasOutput { get; private set; }

    /// <summary>Carries out one action.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Execute(Operation operation)
    {
        switch (operation.Kind)
        {
            case OperationKind.SetVlan:
                _edits.Vlan = (ushort)operation.Operand;
                break;
            case OperationKind.Output:
                Output(operation);
                _edits = _base;
                break;
            case OperationKind.SetSource:
                _edits.Source = operation.Operand;
                break;
            case OperationKind.DecrementTtl:
                _edits.TtlThreshold = (byte)operation.Operand;
                break;
            case OperationKind.ReplicateLocally:
                _edits.ReplicateLocally = true;
                break;
            case OperationKind.Enter:
                _base = _edits;
                break;
            case OperationKind.Leave:
                _edits = _base = default;
                break;
            case OperationKind.NoListener:
                _counters.NoListener++;
                break;
            case OperationKind.RpfFailure:
                _counters.RpfFailures++;
                break;
            default:
                break; // a dependency was checked before
        }
    }

    private void Output(Operation operation)
    {
        HasOutput = true;
        int port = (ushort)operation.Operand;
        int segment = (ushort)(operation.Operand >> 32);
        SegmentTable.Member member = _segments.MemberAt(segment, (ushort)(operation.Operand >> 16));
        bool routed = _edits.TtlThreshold != 0;
        if (routed && _ttl <= _edits.TtlThreshold)
        {
            _counters.TtlTooLow++;
            return;
        }

        ReadOnlySpan<byte> outer = member.OuterHeader;
        int tagBytes = _edits.Vlan != 0 ? 4 : 0;
        int head = outer.Length + AddressBytes + tagBytes + (_bodyEnd - _bodyStart);
        int payload = _frame.Length - _bodyEnd;
        if (head + payload > member.MaxFrameBytes)
        {
            _counters.TooLong++;
            return;
        }

        var target = new ReplicaTarget(port, segment, _edits.ReplicateLocally, TSink.Shares ? Form(outer, routed) : ReplicaTarget.Unchanged);
        if (TSink.Shares && _sink.TryShare(target))
        {
            _counters.Replicas++;
            _counters.ReplicaBytes += head + payload;
            return;
        }

        if (!_sink.TryBegin(target, head, payload, out Span<byte> room) || room.Length < head)
        {
            _counters.SinkFull++;
            return;
        }

        if (outer.Length > 0)
        {
            OuterHeader.Write(outer, room, head + payload - outer.Length, _flowPort);
        }

        WriteInner(room[outer.Length..], tagBytes, routed);
        _counters.Replicas++;
        _counters.ReplicaBytes += head + payload;
        if (payload > 0 && room.Length >= head + payload)
        {
            _frame[_bodyEnd..].CopyTo(room[head..]);
            _sink.Commit(target, head + payload, []);
        }
        else
        {
            _sink.Commit(target, head, _frame[_bodyEnd..]);
        }
    }

    /// <summary>The changes in a number: the source address above, then 12 bits of VLAN under marks for routed and changed.</summary>
    private readonly ulong Form(ReadOnlySpan<byte> outer, bool routed)
    {
        if (outer.Length > 0)
        {
            return ReplicaTarget.Encapsulated;
        }

        bool isTagged = _bodyStart != AddressBytes;
        bool keepsTag = isTagged ? _edits.Vlan != 0 && _edits.Vlan == (_tci & ~PriorityMask) : _edits.Vlan == 0;
        return keepsTag && _edits.Source == 0 && !routed
            ? ReplicaTarget.Unchanged
            : (_edits.Source << 16) | (routed ? 0x8000UL : 0) | 0x4000 | _edits.Vlan;
    }

    private readonly void WriteInner(Span<byte> room, int tagBytes, bool routed)
    {
        if (tagBytes == 0 && _bodyStart == AddressBytes)
        {
            _frame[.._bodyEnd].CopyTo(room);
        }
        else
        {
            _frame[..AddressBytes].CopyTo(room);
            if (tagBytes != 0)
            {
                uint tci = (uint)(_tci & PriorityMask) | _edits.Vlan; // the priority stays (IEEE 802.1Q 6.9.2)
                BinaryPrimitives.WriteUInt32BigEndian(room[AddressBytes..], ((uint)EtherType.VlanTag << 16) | tci);
            }

            _frame[_bodyStart.._bodyEnd].CopyTo(room[(AddressBytes + tagBytes)..]);
        }

        if (_edits.Source != 0)
        {
            new MacAddress(_edits.Source).Write(room[MacAddress.Length..]);
        }

        if (routed)
        {
            LowerTtl(room[(_network - _bodyStart + AddressBytes + tagBytes)..]);
        }
    }

    private readonly void LowerTtl(Span<byte> network)
    {
        if (!_isIPv4)
        {
            network[7]--;
            return;
        }

        // TTL and protocol share a word of the header checksum (RFC 1624).
        ushort before = BinaryPrimitives.ReadUInt16BigEndian(network[8..]);
        ushort after = (ushort)(before - 0x100);
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(network[10..]);
        BinaryPrimitives.WriteUInt16BigEndian(network[8..], after);
        BinaryPrimitives.WriteUInt16BigEndian(network[10..], ChecksumDelta.Of(before, after).Apply(checksum));
    }

    /// <summary>What has been asked for but not written yet.</summary>
    private struct Edits
    {
        public ulong Source;
        public ushort Vlan;
        public byte TtlThreshold;
        public bool ReplicateLocally;
    }
}
