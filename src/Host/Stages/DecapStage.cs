using System.Globalization;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Datapath.Workers;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Stages;

/// <summary>Takes underlay frames out of their tunnels and finds the segment and the peer they belong to.</summary>
internal sealed class DecapStage : IGraphStage, ISuperframeStage
{
    private readonly SwitchTopology _topology;
    private readonly SecurityAssociations _security;
    private readonly TunnelReassembly _reassembly;
    private readonly TunnelDecapsulator[] _decapsulators;
    private Origin _last = new(Vtep: -1, 0, default, -1, -1);

    public DecapStage(SwitchTopology topology, TunnelEngines tunnels, SecurityAssociations security)
    {
        _security = security;
        (_topology, _reassembly, _decapsulators) = (topology, tunnels.Reassembly, tunnels.Decapsulators);
    }

    public StageId Id => StageId.Decap;

    public StagePlacement Placement => StagePlacement.Anywhere;

    /// <summary>Superframes below one tunnel header, and those of which such can be made.</summary>
    public bool TakesWhole(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        if (vector.Pool.KindOf(context.Packet) == SuperframeKind.Tunnelled)
        {
            return true;
        }

        int before = context.Packet.Length;
        if (!vector.Pool.TryCoalesce(ref context.Packet))
        {
            return false;
        }

        vector.Trace?.Note(Id, $"datagrams of {before} bytes become a superframe of {context.Packet.Length}");
        return PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
    }

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            Span<byte> frame = vector.Bytes(slot);
            DecapVerdict verdict = DecapVerdict.NotForMe;
            DecapsulatedFrame inner = default;
            // The sum in the field is not finished then, and there is nothing that it could be compared to.
            bool isWhole = vector.Pool.IsSuperframe(context.Packet);
            foreach (int vtep in _topology.VtepsOf(context.Ingress))
            {
                DecapVerdict answer = _decapsulators[vtep].Decapsulate(frame, context.Layout, out inner, checksumIsKnown: isWhole);
                if (answer != DecapVerdict.NotForMe)
                {
                    (verdict, context.Vtep) = (answer, vtep);
                }

                if (answer is not (DecapVerdict.NotForMe or DecapVerdict.NotTunnel))
                {
                    break;
                }
            }

            switch (verdict)
            {
                case DecapVerdict.Decapsulated or DecapVerdict.Fragment:
                    Admit(vector, slot, inner, isPiece: verdict == DecapVerdict.Fragment);
                    break;
                case DecapVerdict.NotForMe or DecapVerdict.NotTunnel:
                    vector.Forward(slot, StageId.Endpoint);
                    break;
                default:
                    vector.Trace?.Note(Id, $"endpoint {NameOf(context.Vtep)}: {verdict}");
                    vector.Drop(slot, ReasonOf(verdict));
                    break;
            }
        }
    }

    private void Admit(PacketVector vector, ushort slot, in DecapsulatedFrame inner, bool isPiece)
    {
        ref PacketContext context = ref vector[slot];
        Locate(inner, ref context);
        vector.Trace?.Note(Id, $"endpoint {NameOf(context.Vtep)}: VNI {inner.Vni} from {inner.Source}, {Describe(inner, isPiece)}");
        context.IsManagement = _topology.IsManagement(context.Vtep, inner.Vni, inner.Source, out int node);
        if (context.IsManagement)
        {
            context.Peer = node;
        }
        else if (context.Segment < 0)
        {
            vector.Drop(slot, DropReason.UnknownVni);
            return;
        }

        if (context.Peer < 0)
        {
            vector.Drop(slot, DropReason.UnknownPeer);
            return;
        }

        if (_security.Of(context.Peer) is not null && context.SecuredBy != context.Peer + 1)
        {
            // Before reassembly: a forger's fragments must not get in among those of the peer.
            vector.Drop(slot, context.SecuredBy == 0 ? DropReason.EspRequired : DropReason.EspForeignPeer);
            return;
        }

        _ = PacketPool.TryTrimFront(ref context.Packet, inner.InnerOffset);
        _ = vector.Pool.TrySetLength(ref context.Packet, inner.InnerLength);
        if (vector.Pool.IsSuperframe(context.Packet) && (isPiece || vector.Pool.KindOf(context.Packet) == SuperframeKind.Tunnelled))
        {
            // What its description says is not where the tunnel's header says.
            vector.Drop(slot, DropReason.OuterMalformed);
            return;
        }

        if (isPiece)
        {
            if (context.IsManagement)
            {
                vector.Drop(slot, DropReason.TunnelControl);
                return;
            }

            Collect(vector, slot, inner);
            return;
        }

        if (!context.IsManagement)
        {
            vector.Ledger.Traffic.Received(context.Peer).Add(inner.InnerLength);
        }

        context.Layout = inner.Inner;
        // What the other bridge node says is for the worker that runs ours.
        vector.Forward(slot, context.IsManagement ? StageId.Endpoint : _topology.EntryOfSegment(context.Segment));
    }

    /// <summary>Finds segment and peer. Frames of one burst mostly have the same, so the last answer is kept.</summary>
    private void Locate(in DecapsulatedFrame inner, ref PacketContext context)
    {
        if ((context.Vtep, inner.Vni, inner.Source) != (_last.Vtep, _last.Vni, _last.Source))
        {
            var source = inner.Source.IsIPv4 ? new TunnelAddress(inner.Source.V4) : new TunnelAddress(inner.Source.V6);
            int segment = _topology.SegmentOf(context.Vtep, inner.Vni);
            int peer = _topology.PeerOf(context.Vtep, source);
            _last = new Origin(context.Vtep, inner.Vni, inner.Source, segment, segment >= 0 && _topology.IsMember(segment, peer) ? peer : -1);
        }

        (context.Segment, context.Peer) = (_last.Segment, _last.Peer);
    }


    /// <summary>Keeps a fragment; the one that completes its frame becomes the frame. Strangers' fragments do not get here.</summary>
    private void Collect(PacketVector vector, ushort slot, in DecapsulatedFrame piece)
    {
        int vtep = vector[slot].Vtep;
        ReassemblyVerdict verdict = _reassembly.Add(vector, vtep, piece, vector.Bytes(slot), out DatagramHandle handle);
        switch (verdict)
        {
            case ReassemblyVerdict.Stored:
                vector.Trace?.Wait(Id, "for the other fragments of its frame");
                vector.Release(slot);
                break;
            case ReassemblyVerdict.Atomic:
                Open(vector, slot, piece.OuterEcn, piece.OuterDscp);
                break;
            case ReassemblyVerdict.Completed:
                Complete(vector, slot, vtep, handle, piece.OuterDscp);
                break;
            default:
                vector.Trace?.Note(Id, $"endpoint {NameOf(vtep)}: fragment refused, {verdict}");
                vector.Drop(slot, ReasonOf(verdict));
                break;
        }
    }

    private void Complete(PacketVector vector, ushort slot, int vtep, DatagramHandle handle, int outerDscp)
    {
        Span<byte> whole = _reassembly.Bytes(vtep, handle);
        // The reassembler takes no frame that is longer than a packet buffer.
        ref Packet packet = ref vector[slot].Packet;
        _ = PacketPool.TryPrepend(ref packet, packet.Offset - vector.Pool.HeadroomBytes);
        _ = vector.Pool.TrySetLength(ref packet, whole.Length);
        whole.CopyTo(vector.Bytes(slot));
        int ecn = _reassembly.Ecn(vtep, handle);
        _reassembly.Release(vtep, handle);
        vector.Trace?.Note(Id, $"endpoint {NameOf(vtep)}: the frame of {whole.Length} bytes is complete");
        Open(vector, slot, ecn, outerDscp);
    }

    /// <summary>Hands a frame that was put together on as if it had come whole.</summary>
    private void Open(PacketVector vector, ushort slot, int outerEcn, int outerDscp)
    {
        ref PacketContext context = ref vector[slot];
        DecapVerdict verdict = _decapsulators[context.Vtep].OpenReassembled(vector.Bytes(slot), outerEcn, outerDscp, out PacketLayout layout);
        if (verdict != DecapVerdict.Decapsulated)
        {
            vector.Trace?.Note(Id, $"endpoint {NameOf(context.Vtep)}: {verdict}");
            vector.Drop(slot, ReasonOf(verdict));
            return;
        }

        vector.Ledger.Traffic.Received(context.Peer).Add(vector.Bytes(slot).Length);
        context.Layout = layout;
        vector.Forward(slot, _topology.EntryOfSegment(context.Segment));
    }

    private static string Describe(in DecapsulatedFrame inner, bool isPiece) => isPiece
        ? $"fragment of datagram {inner.Fragment.DatagramId:x8}: bytes {inner.Fragment.Offset} to {inner.Fragment.Offset + inner.InnerLength - 1} of {TotalOf(inner.Fragment)}"
        : $"inner frame of {inner.InnerLength} bytes";

    private static string TotalOf(FragmentInfo fragment) => fragment.TotalLength == FragmentInfo.UnknownLength
        ? "as many as the last will tell"
        : fragment.TotalLength.ToString(CultureInfo.InvariantCulture);

    private string NameOf(int vtep) => _topology.Plan.Vteps[vtep].Name;

    private static DropReason ReasonOf(DecapVerdict verdict) => verdict switch
    {
        DecapVerdict.OuterHeaderChecksum => DropReason.OuterHeaderChecksum,
        DecapVerdict.OuterFragment => DropReason.OuterFragment,
        DecapVerdict.OuterSource => DropReason.OuterSource,
        DecapVerdict.UdpChecksum => DropReason.UdpChecksum,
        DecapVerdict.UdpChecksumZero => DropReason.UdpChecksumZero,
        DecapVerdict.TunnelTruncated => DropReason.TunnelTruncated,
        DecapVerdict.VniFlagMissing => DropReason.VniFlagMissing,
        DecapVerdict.TunnelVersion => DropReason.TunnelVersion,
        DecapVerdict.OptionOverrun => DropReason.TunnelOptionOverrun,
        DecapVerdict.UnknownCriticalOption => DropReason.TunnelOptionCritical,
        DecapVerdict.ControlPacket => DropReason.TunnelControl,
        DecapVerdict.UnknownPayload => DropReason.TunnelPayload,
        DecapVerdict.InnerRunt => DropReason.InnerTooShort,
        DecapVerdict.CongestionDrop => DropReason.Congestion,
        DecapVerdict.BadFragmentOption => DropReason.FragmentMalformed,
        _ => DropReason.OuterMalformed,
    };

    /// <summary>Where tunnel packets come from, and the segment and peer that this means.</summary>
    private readonly record struct Origin(int Vtep, uint Vni, VtepAddress Source, int Segment, int Peer);

    private static DropReason ReasonOf(ReassemblyVerdict verdict) => verdict switch
    {
        ReassemblyVerdict.Duplicate => DropReason.FragmentDuplicate,
        ReassemblyVerdict.TooLong => DropReason.FragmentTooLong,
        ReassemblyVerdict.SourceQuota or ReassemblyVerdict.VniQuota or ReassemblyVerdict.Full => DropReason.FragmentQuota,
        ReassemblyVerdict.Overlap or ReassemblyVerdict.LengthConflict or ReassemblyVerdict.EcnConflict or ReassemblyVerdict.Discarded => DropReason.FragmentOverlap,
        _ => DropReason.FragmentMalformed,
    };
}
