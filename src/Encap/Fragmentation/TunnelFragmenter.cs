using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Cuts frames that are too long for the path into packets each of which has complete outer headers: routers, balancers and
/// receive queues see whole packets of one flow, and only the tunnel endpoint that reads the option knows better.
/// </summary>
/// <remarks>
/// <para>The inner frame is cut as it is, so any frame can be, and its don't-fragment flag stays what it was. All pieces of a frame
/// have the source port of its flow, the same traffic class and TTL.</para>
/// <para>Work is bounded by the frame's length: a copy of 58 to 82 bytes of headers and one of the payload a packet, one hash a frame, and
/// a pass over the payload if the checksum policy asks for one. Nothing is allocated.</para>
/// </remarks>
public sealed class TunnelFragmenter
{
    private readonly TunnelEncapsulator _encapsulator;
    private readonly TunnelFragmentation _options;
    private readonly bool _inReservedBits;
    private FragmentationCounters _counters;

    /// <summary>Creates a fragmenter that sends from the endpoint of an encapsulator.</summary>
    /// <exception cref="ArgumentException">The endpoint's options have no <see cref="VtepOptions.Fragmentation"/>.</exception>
    public TunnelFragmenter(TunnelEncapsulator encapsulator)
    {
        ArgumentNullException.ThrowIfNull(encapsulator);
        _encapsulator = encapsulator;
        _options = encapsulator.Options.Fragmentation
            ?? throw new ArgumentException($"The endpoint's {nameof(VtepOptions)}.{nameof(VtepOptions.Fragmentation)} is null.", nameof(encapsulator));
        _inReservedBits = _options.VxlanReservedBits;
    }

    /// <summary>What happened so far.</summary>
    public ref readonly FragmentationCounters Counters => ref _counters;

    /// <summary>Packets that a frame becomes; 1 for a frame that is longer than any that is cut.</summary>
    /// <param name="innerBytes">Bytes of the inner frame, at least 1.</param>
    /// <param name="peer">A peer of the encapsulator.</param>
    public int PacketsOf(int innerBytes, TunnelPeer peer) => innerBytes > Math.Max(peer.Budget.Whole, _options.MaxInnerBytes)
        ? 1
        : FragmentPlan.Create(innerBytes, peer.Budget.Whole, peer.Budget.Fragment, _options.Split).Count;

    /// <summary>Decides how one frame goes, and takes a number for it if it is cut.</summary>
    /// <param name="inner">The inner frame from its Ethernet header on, without frame check sequence.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="inner"/>.</param>
    /// <param name="peer">A peer of the encapsulator.</param>
    /// <param name="vni">Virtual network identifier, 0 to <see cref="TunnelEncapsulator.MaxVni"/>.</param>
    /// <param name="fragments">The packets to write, if the result is <see cref="EncapVerdict.Encapsulated"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="inner"/> is empty or <paramref name="vni"/> has more than 24 bits.</exception>
    public EncapVerdict TryPlan(ReadOnlySpan<byte> inner, in PacketLayout layout, TunnelPeer peer, uint vni, out TunnelFragments fragments)
    {
        fragments = default;
        if (vni > TunnelEncapsulator.MaxVni || inner.IsEmpty)
        {
            throw new ArgumentException(inner.IsEmpty ? "inner is empty." : $"vni is {vni}; the allowed range is 0 to {TunnelEncapsulator.MaxVni}.");
        }

        if (!peer.IsResolved)
        {
            _counters.NextHopUnresolved++;
            return EncapVerdict.NextHopUnresolved;
        }

        PathBudget budget = peer.Budget;
        if (inner.Length > Math.Max(budget.Whole, _options.MaxInnerBytes))
        {
            _counters.TooBig++;
            return EncapVerdict.TooBig;
        }

        var plan = FragmentPlan.Create(inner.Length, budget.Whole, budget.Fragment, _options.Split);
        uint id = plan.Count == 1 ? 0 : peer.TakeDatagramId(_options.Lanes);
        fragments = new TunnelFragments(plan, peer, _encapsulator.FieldsOf(inner, layout, vni), id, inner.Length);
        return EncapVerdict.Encapsulated;
    }

    /// <summary>Writes the outer headers of one packet; its bytes behind them are <see cref="TunnelFragments.PieceOf"/> the inner frame.</summary>
    /// <param name="fragments">What <see cref="TryPlan"/> made of <paramref name="inner"/>.</param>
    /// <param name="index">Number of the packet, from 0.</param>
    /// <param name="inner">The inner frame, unchanged since.</param>
    /// <param name="header">Where the headers go: exactly <see cref="TunnelFragments.HeaderBytes"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="header"/> or <paramref name="inner"/> has another size, or there is no such packet.</exception>
    public void WriteHeader(in TunnelFragments fragments, int index, ReadOnlySpan<byte> inner, Span<byte> header)
    {
        FragmentPlan plan = fragments.Plan;
        if ((uint)index >= (uint)plan.Count || inner.Length != fragments.InnerBytes || header.Length != fragments.HeaderBytes)
        {
            ThrowBadArgument(fragments, index, inner.Length, header.Length);
        }

        WriteChecked(fragments, index, inner.Slice(plan.OffsetOf(index), plan.PayloadOf(index)), header);
    }

    /// <summary>Writes one whole packet.</summary>
    /// <param name="fragments">What <see cref="TryPlan"/> made of <paramref name="inner"/>.</param>
    /// <param name="index">Number of the packet, from 0.</param>
    /// <param name="inner">The inner frame, unchanged since.</param>
    /// <param name="packet">Where it goes: at least <see cref="TunnelFragments.PacketBytes"/> bytes, apart from <paramref name="inner"/>.</param>
    /// <returns>Bytes of the packet.</returns>
    /// <exception cref="ArgumentException"><paramref name="packet"/> is too short, <paramref name="inner"/> is another frame, or there is no such packet.</exception>
    public int WritePacket(in TunnelFragments fragments, int index, ReadOnlySpan<byte> inner, Span<byte> packet)
    {
        FragmentPlan plan = fragments.Plan;
        int headerBytes = fragments.HeaderBytes;
        if ((uint)index >= (uint)plan.Count || inner.Length != fragments.InnerBytes)
        {
            ThrowBadArgument(fragments, index, inner.Length, headerBytes);
        }

        ReadOnlySpan<byte> piece = inner.Slice(plan.OffsetOf(index), plan.PayloadOf(index));
        int bytes = headerBytes + piece.Length;
        if (packet.Length < bytes)
        {
            throw new ArgumentException($"packet has {packet.Length} bytes; at least {bytes} are needed.", nameof(packet));
        }

        WriteChecked(fragments, index, piece, packet[..headerBytes]);
        piece.CopyTo(packet[headerBytes..]);
        return bytes;
    }

    /// <summary>Writes all packets of one frame, as it is or cut, in order.</summary>
    /// <param name="inner">As of <see cref="TryPlan"/>.</param>
    /// <param name="layout">As of <see cref="TryPlan"/>.</param>
    /// <param name="peer">As of <see cref="TryPlan"/>.</param>
    /// <param name="vni">As of <see cref="TryPlan"/>.</param>
    /// <param name="sink">Gets the packets.</param>
    /// <returns>As of <see cref="TryPlan"/>, or <see cref="EncapVerdict.OutOfRoom"/> if the sink ended the work: what it has then is of no use to the receiver.</returns>
    public EncapVerdict Write<TSink>(ReadOnlySpan<byte> inner, in PacketLayout layout, TunnelPeer peer, uint vni, ref TSink sink)
        where TSink : struct, IFragmentSink, allows ref struct
    {
        EncapVerdict verdict = TryPlan(inner, layout, peer, vni, out TunnelFragments fragments);
        return verdict == EncapVerdict.Encapsulated ? Write(fragments, inner, ref sink) : verdict;
    }

    /// <summary>Writes all packets that were planned for one frame, in order.</summary>
    /// <param name="fragments">What <see cref="TryPlan"/> made of <paramref name="inner"/>.</param>
    /// <param name="inner">The inner frame, unchanged since.</param>
    /// <param name="sink">Gets the packets.</param>
    /// <returns><see cref="EncapVerdict.Encapsulated"/>, or <see cref="EncapVerdict.OutOfRoom"/> if the sink ended the work.</returns>
    public EncapVerdict Write<TSink>(in TunnelFragments fragments, ReadOnlySpan<byte> inner, ref TSink sink)
        where TSink : struct, IFragmentSink, allows ref struct
    {
        for (int index = 0; index < fragments.Plan.Count; index++)
        {
            int bytes = fragments.PacketBytes(index);
            Span<byte> packet = sink.Begin(bytes);
            if (packet.Length < bytes)
            {
                _counters.OutOfRoom++;
                return EncapVerdict.OutOfRoom;
            }

            _ = WritePacket(fragments, index, inner, packet);
            sink.End(bytes);
        }

        return EncapVerdict.Encapsulated;
    }

    private void WriteChecked(in TunnelFragments fragments, int index, ReadOnlySpan<byte> piece, Span<byte> header)
    {
        TunnelPeer peer = fragments.Peer;
        if (fragments.Plan.Count == 1)
        {
            peer.Template.CopyTo(header);
            _counters.Whole++;
        }
        else
        {
            peer.FragmentTemplate.CopyTo(header);
            var info = new FragmentInfo(fragments.DatagramId, (ushort)fragments.InnerBytes, (ushort)(fragments.Plan.OffsetOf(index) / FragmentInfo.UnitBytes));
            // Either way in the last eight bytes: behind the tunnel header, or this itself.
            if (_inReservedBits)
            {
                VxlanFragmentFormat.Write(header[^FragmentFormat.Length..], info, isLast: index == fragments.Plan.Count - 1);
            }
            else
            {
                FragmentFormat.Write(header[^FragmentFormat.Length..], info);
            }

            _counters.Fragments++;
            _counters.Fragmented += index == 0 ? 1 : 0;
        }

        _encapsulator.Finish(header, peer, fragments.Fields, piece);
        _counters.Bytes += header.Length + piece.Length;
    }

    private static void ThrowBadArgument(in TunnelFragments fragments, int index, int innerBytes, int headerBytes) => throw new ArgumentException(
        (uint)index >= (uint)fragments.Plan.Count ? $"index is {index}; the allowed range is 0 to {fragments.Plan.Count - 1}."
        : innerBytes != fragments.InnerBytes ? $"inner has {innerBytes} bytes; the plan was made for {fragments.InnerBytes}."
        : $"header has {headerBytes} bytes; exactly {fragments.HeaderBytes} are needed.");
}
