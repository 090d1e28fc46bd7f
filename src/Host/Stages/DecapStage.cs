using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Ports;

namespace Weft.Host.Stages;

/// <summary>Takes underlay frames out of their tunnels and finds the segment and the peer they belong to.</summary>
internal sealed class DecapStage : IGraphStage
{
    private readonly SwitchTopology _topology;
    private readonly TunnelDecapsulator[] _decapsulators;
    private Origin _last = new(Vtep: -1, 0, default, -1, -1);

    public DecapStage(SwitchTopology topology, IReadOnlyList<VtepOptions> vteps)
    {
        _topology = topology;
        _decapsulators = [.. vteps.Select(options => new TunnelDecapsulator(options))];
    }

    public StageId Id => StageId.Decap;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            Span<byte> frame = vector.Bytes(slot);
            DecapVerdict verdict = DecapVerdict.NotForMe;
            DecapsulatedFrame inner = default;
            foreach (int vtep in _topology.VtepsOf(context.Ingress))
            {
                DecapVerdict answer = _decapsulators[vtep].Decapsulate(frame, context.Layout, out inner);
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
                case DecapVerdict.Decapsulated:
                    Admit(vector, slot, inner);
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

    private void Admit(PacketVector vector, ushort slot, in DecapsulatedFrame inner)
    {
        ref PacketContext context = ref vector[slot];
        Locate(inner, ref context);
        vector.Trace?.Note(Id, $"endpoint {NameOf(context.Vtep)}: VNI {inner.Vni} from {inner.Source}, inner frame of {inner.InnerLength} bytes");
        if (context.Segment < 0)
        {
            vector.Drop(slot, DropReason.UnknownVni);
            return;
        }

        if (context.Peer < 0)
        {
            vector.Drop(slot, DropReason.UnknownPeer);
            return;
        }

        _ = PacketPool.TryTrimFront(ref context.Packet, inner.InnerOffset);
        _ = vector.Pool.TrySetLength(ref context.Packet, inner.InnerLength);
        context.Layout = inner.Inner;
        vector.Forward(slot, StageId.Bridge);
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
        _ => DropReason.OuterMalformed,
    };

    /// <summary>Where tunnel packets come from, and the segment and peer that this means.</summary>
    private readonly record struct Origin(int Vtep, uint Vni, VtepAddress Source, int Segment, int Peer);
}
