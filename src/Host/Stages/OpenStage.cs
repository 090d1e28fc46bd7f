using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Workers;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Stages;

/// <summary>Authenticates and decrypts packets with ESP for protected endpoints; all others pass to the tunnels, which refuse protected peers' packets without ESP.</summary>
internal sealed class OpenStage(SwitchTopology topology, SecurityAssociations security) : IGraphStage
{
    public StageId Id => StageId.Open;

    public StagePlacement Placement => StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];
            if (!IsForProtected(vector.Bytes(slot), context))
            {
                vector.Forward(slot, StageId.Decap);
                continue;
            }

            EspStatus status = security.OpenerOf(vector.Link.Index).Open(vector.Bytes(slot), context.Layout, out OpenedFrame opened);
            switch (status)
            {
                case EspStatus.UnknownSpi when security.WorkerOf(opened.Spi) is int worker && worker != vector.Link.Index:
                    // The peer does not aim, or a translator changed the source port: its window still has one writer.
                    vector.HandOver(slot, worker, Id);
                    break;
                case EspStatus.Ok:
                    Admit(vector, slot, opened);
                    break;
                case EspStatus.NotEsp or EspStatus.Ike:
                    vector.Forward(slot, StageId.Decap);
                    break;
                case EspStatus.KeepAlive or EspStatus.Dummy:
                    vector.Trace?.Consume(Id, status == EspStatus.KeepAlive ? "a keepalive of an address translator's mapping" : $"SPI 0x{opened.Spi:x8}: a dummy");
                    vector.Consume(slot);
                    break;
                default:
                    vector.Trace?.Note(Id, opened.Spi == 0 ? $"ESP refused, {status}" : $"SPI 0x{opened.Spi:x8} refused, {status}");
                    vector.Drop(slot, ReasonOf(status));
                    break;
            }
        }
    }

    private void Admit(PacketVector vector, ushort slot, in OpenedFrame opened)
    {
        ref PacketContext context = ref vector[slot];
        vector.Trace?.Note(Id, $"SPI 0x{opened.Spi:x8} of peer {topology.Peers[opened.Owner].Address}, sequence number {opened.Sequence}: {context.Packet.Length} bytes become {opened.Length}");
        context.SecuredBy = opened.Owner + 1;
        _ = PacketPool.TryTrimFront(ref context.Packet, opened.Offset);
        _ = vector.Pool.TrySetLength(ref context.Packet, opened.Length);
        if (PacketLayout.TryParse(vector.Bytes(slot), out context.Layout))
        {
            vector.Forward(slot, StageId.Decap);
        }
        else
        {
            vector.Drop(slot, DropReason.EspPayload);
        }
    }

    private bool IsForProtected(ReadOnlySpan<byte> frame, in PacketContext context)
    {
        foreach (int vtep in topology.VtepsOf(context.Ingress))
        {
            VtepPlan plan = topology.Plan.Vteps[vtep];
            if (plan.Security.Count > 0 && context.Layout.VlanId == 0 && MacAddress.Read(frame) == plan.Mac && IsTo(plan.Address, frame, context.Layout))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTo(TunnelAddress address, ReadOnlySpan<byte> frame, in PacketLayout layout) => address.IsIPv6
        ? layout.IsIPv6 && IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View v6) && v6.Destination == address.V6
        : layout.IsIPv4 && IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View v4) && v4.Destination == address.V4;

    private static DropReason ReasonOf(EspStatus status) => status switch
    {
        EspStatus.UnknownSpi => DropReason.EspUnknownSpi,
        EspStatus.ReplayDuplicate or EspStatus.ReplayOld => DropReason.EspReplay,
        EspStatus.AuthenticationFailed => DropReason.EspForged,
        EspStatus.LifetimeExpired => DropReason.EspExpired,
        EspStatus.BadPadding or EspStatus.WrongPayload => DropReason.EspPayload,
        _ => DropReason.EspMalformed,
    };
}
