using Weft.Host.Datapath;
using Weft.Host.Datapath.Redirection;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Stands in front of the bridge: what applications send to services of the mesh goes to the agent's port, what the agent sends to applications goes to
/// theirs, and all else is bridged. It speaks for the addresses behind it when the agent asks who has them.
/// </summary>
/// <param name="topology">What was configured.</param>
/// <param name="mesh">The engine; null at workers that have none, which no frame meets.</param>
internal sealed class MeshStage(SwitchTopology topology, MeshGate? mesh) : IGraphStage
{
    private const int EthernetBytes = 14;

    public StageId Id => StageId.Mesh;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            ref PacketContext context = ref vector[slot];

            // What comes out of a tunnel is the network's, and what has a VLAN of its own is refused by the bridge at ports of the mesh.
            MeshSide side = context.Segment >= 0 ? MeshSide.Network : mesh!.SideOf(context.Ingress);
            if (side != MeshSide.Network && context.Layout.VlanId != 0)
            {
                vector.Forward(slot, StageId.Bridge);
                continue;
            }

            if (side == MeshSide.Agent && TryAnswer(vector, slot))
            {
                continue;
            }

            Settle(vector, slot, side, mesh!.Translator.Process(vector.Bytes(slot), context.Layout, side, vector.Now));
        }
    }

    private void Settle(PacketVector vector, ushort slot, MeshSide side, MeshVerdict verdict)
    {
        if (vector.Trace is not null)
        {
            vector.Trace.Note(Id, Words(side, verdict));
        }

        switch (verdict.Action)
        {
            case MeshAction.Pass:
                vector.Forward(slot, StageId.Bridge);
                break;
            case MeshAction.Drop:
                vector.Drop(slot, ReasonOf(verdict.Reason));
                break;
            case MeshAction.Redirected or MeshAction.Unrestored:
                Span<byte> toAgent = vector.Bytes(slot);
                if (verdict is { IsNew: true, Slot: >= 0 })
                {
                    mesh!.WayOf(verdict.Slot) = new MeshWay(vector[slot].Ingress, MacAddress.Read(toAgent[MacAddress.Length..]), MacAddress.Read(toAgent));
                }

                Send(vector, slot, mesh!.Plan.AgentPort, mesh.Plan.AgentMac, MeshGate.OwnMac);
                break;
            default:
                if (verdict is { IsNew: true })
                {
                    mesh!.WayOf(verdict.Slot) = mesh.WayTo(DestinationOf(vector.Bytes(slot)[vector[slot].Layout.L3Offset..]));
                }

                MeshWay way = mesh!.WayOf(verdict.Slot);
                Send(vector, slot, way.Port, way.Application, way.Gateway);
                break;
        }
    }

    private static IPv6Address DestinationOf(ReadOnlySpan<byte> packet)
    {
        if (IPv4View.TryParse(packet, out IPv4View v4))
        {
            return IPv6Address.MapIPv4(v4.Destination);
        }

        _ = IPv6View.TryParse(packet, out IPv6View v6);
        return v6.Destination;
    }

    private static void Send(PacketVector vector, ushort slot, int port, MacAddress destination, MacAddress source)
    {
        Span<byte> frame = vector.Bytes(slot);
        destination.Write(frame);
        source.Write(frame[MacAddress.Length..]);
        vector.Send(slot, port);
        vector.Release(slot);
    }

    /// <summary>Answers the agent's question who has an address that it reaches through the switch. The answer takes the place of the question.</summary>
    private bool TryAnswer(PacketVector vector, ushort slot)
    {
        ref PacketContext context = ref vector[slot];
        ReadOnlySpan<byte> frame = vector.Bytes(slot);
        Span<byte> answer = stackalloc byte[EthernetBytes + IPv6Header.Length + NeighborMessage.MinLength + NeighborMessage.LinkLayerOptionLength];
        int length = context.Layout.EtherType == EtherType.Arp ? WriteArp(frame, context.Layout, answer)
            : context.Layout.Protocol == IpProtocol.IcmpV6 && context.Layout.HasL4 ? WriteAdvertisement(frame, context.Layout, answer)
            : 0;
        if (length == 0 || !vector.Pool.TrySetLength(ref context.Packet, length))
        {
            return false;
        }

        answer[..length].CopyTo(vector.Bytes(slot));
        vector.Trace?.Consume(Id, "the agent asks who has an address of an application: the switch has");
        vector.Ledger.Consumed++;
        vector.Ledger.Generated++;
        vector.Send(slot, context.Ingress);
        vector.Release(slot);
        return true;
    }

    private int WriteArp(ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> answer)
    {
        if (!ArpView.TryParse(frame[layout.L3Offset..], out ArpView question) || question.Operation != ArpOperation.Request || !mesh!.IsBehindSwitch(IPv6Address.MapIPv4(question.TargetAddress)))
        {
            return 0;
        }

        _ = new EthernetHeader { Destination = question.SenderMac, Source = MeshGate.OwnMac, EtherType = EtherType.Arp }.Write(answer);
        return EthernetBytes + question.ToMessage().ReplyFrom(MeshGate.OwnMac).Write(answer[EthernetBytes..]);
    }

    private int WriteAdvertisement(ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> answer)
    {
        if (!IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View packet)
            || !NeighborMessageView.TryParse(frame[layout.L4Offset..layout.EndOffset], out NeighborMessageView question)
            || question.IsAdvertisement || packet.Source == IPv6Address.Any || !mesh!.IsBehindSwitch(question.Target))
        {
            return 0;
        }

        var message = new NeighborMessage { IsAdvertisement = true, IsSolicited = true, IsOverride = true, Target = question.Target, LinkLayerAddress = MeshGate.OwnMac };
        _ = new EthernetHeader { Destination = MacAddress.Read(frame[MacAddress.Length..]), Source = MeshGate.OwnMac, EtherType = EtherType.IPv6 }.Write(answer);
        _ = new IPv6Header { Source = question.Target, Destination = packet.Source, NextHeader = IpProtocol.IcmpV6, PayloadLength = message.Length, HopLimit = 255 }.Write(answer[EthernetBytes..]);
        return EthernetBytes + IPv6Header.Length + message.Write(answer[(EthernetBytes + IPv6Header.Length)..], question.Target, packet.Source);
    }

    private string Words(MeshSide side, MeshVerdict verdict) => verdict.Action switch
    {
        MeshAction.Pass => side switch
        {
            MeshSide.Application => "an application's, not for the mesh: bridged",
            MeshSide.Agent => "the agent's own: bridged",
            _ => "from the network, not for a service of the mesh: bridged",
        },
        MeshAction.Redirected => $"an application's for a service of the mesh{New(verdict)}: redirected to the agent at port {topology.Plan.Ports[mesh!.Plan.AgentPort].Name}",
        MeshAction.Unredirected => "the agent's answer: now from the service that the application dialled",
        MeshAction.Restored => $"the agent's for an application{New(verdict)}: now from the true client",
        MeshAction.Unrestored => "an application's answer: back to the agent",
        _ => $"refused: {verdict.Reason}",
    };

    private static string New(MeshVerdict verdict) => verdict.IsNew ? ", a new connection" : "";

    private static DropReason ReasonOf(MeshDropReason reason) => reason switch
    {
        MeshDropReason.Malformed => DropReason.MeshMalformed,
        MeshDropReason.Fragment => DropReason.MeshFragment,
        MeshDropReason.LoopbackLeak => DropReason.MeshLoopbackLeak,
        MeshDropReason.SpoofedLoopback => DropReason.MeshSpoofedLoopback,
        MeshDropReason.NoRecord => DropReason.MeshNoRecord,
        MeshDropReason.TableFull => DropReason.MeshTableFull,
        MeshDropReason.Clash => DropReason.MeshClash,
        _ => DropReason.MeshPlaintext,
    };
}
