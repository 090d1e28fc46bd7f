using Weft.Encap;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Routing;
using Weft.Host.Datapath.Translation;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>
/// Translates between a router's machines and the outside. What it is done with goes back to the router, which routes it by its new
/// addresses.
/// </summary>
internal sealed class NatStage(Translators translators, Routers routers, RouterOutput output) : IGraphStage
{
    private readonly byte[] _scratch = new byte[ushort.MaxValue];

    public StageId Id => StageId.Nat;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        foreach (ushort slot in slots)
        {
            Translator nat = translators.Of(routers.Interfaces[vector[slot].Interface].Router)!;
            Settle(vector, slot, nat, (vector[slot].Marks & RouteMarks.Inbound) != 0 ? Inbound(vector, slot, nat) : Outbound(vector, slot, nat));
        }
    }

    /// <summary>Does what is due, and sends what waited for it.</summary>
    public void Advance(PacketVector vector)
    {
        foreach (Translator nat in translators.All)
        {
            if (!nat.Advance(vector.Now))
            {
                continue;
            }

            TakeFragments(vector, nat, order: 0, (ushort)routers.Interfaces[nat.Outside].Port);
            var errors = new RoutedSink(vector, routers, output, Id, order: 0, (ushort)routers.Interfaces[nat.Outside].Port, nat.Outside);
            while (vector.FreeSlots > 0 && nat.Engine.TryTakeError(_scratch, out int length, vector.Now))
            {
                errors.Send(_scratch.AsSpan(0, length));
            }
        }
    }

    private NatVerdict? Outbound(PacketVector vector, ushort slot, Translator nat)
    {
        vector.Trace?.Note(Id, $"{nat.Plan.Name}: a machine's packet");
        return nat.Engine.TranslateOutbound(RouterPackets.PacketOf(vector, slot), Translator.Scope, vector.Now);
    }

    private NatVerdict? Inbound(PacketVector vector, ushort slot, Translator nat)
    {
        ref PacketContext context = ref vector[slot];
        if (context.Layout.IsIPv4)
        {
            vector.Trace?.Note(Id, $"{nat.Plan.Name}: a packet for a shared address");
            return nat.Engine.TranslateInbound(RouterPackets.PacketOf(vector, slot), redirected: false, vector.Now);
        }

        NatDecapsulation inner = nat.Tunnel!.Decapsulate(RouterPackets.PacketOf(vector, slot));
        vector.Trace?.Note(Id, $"{nat.Plan.Name}: out of the tunnel{(inner.FromHost ? ", sent on by another host" : "")}: {inner.Verdict}");
        if (inner.Verdict != NatDecapVerdict.Decapsulated)
        {
            vector.Drop(slot, DropReason.NatTunnelRefused);
            return null;
        }

        // The Ethernet header moves up to the datagram.
        int cut = context.Layout.L3Offset + inner.Offset - RouterPackets.EthernetLength;
        context.Packet.Offset += cut;
        context.Packet.Length = RouterPackets.EthernetLength + inner.Length;
        _ = new EthernetHeader { EtherType = EtherType.IPv4 }.Write(vector.Bytes(slot));
        _ = PacketLayout.TryParse(vector.Bytes(slot), out context.Layout);
        return nat.Engine.TranslateInbound(RouterPackets.PacketOf(vector, slot), inner.FromHost, vector.Now);
    }

    /// <summary>Does what the engine says, for the packet and for fragments that waited for it.</summary>
    private void Settle(PacketVector vector, ushort slot, Translator nat, NatVerdict? settled)
    {
        if (settled is not NatVerdict verdict)
        {
            return;
        }

        (ushort order, ushort ingress) = (vector[slot].Order, vector[slot].Ingress);
        if (verdict.ErrorDue)
        {
            int length = nat.Engine.WriteError(RouterPackets.PacketOf(vector, slot), _scratch);
            RoutedSink.For(vector, routers, output, Id, slot).Send(_scratch.AsSpan(0, length));
        }

        Settle(vector, slot, nat, verdict);
        if (verdict.Released > 0)
        {
            TakeFragments(vector, nat, order, ingress);
        }
    }

    private void Settle(PacketVector vector, ushort slot, Translator nat, in NatVerdict verdict)
    {
        switch (verdict.Action)
        {
            case NatAction.Translated or NatAction.Hairpinned or NatAction.Pass when !(verdict.IsInbound && verdict.Action == NatAction.Pass):
                Describe(vector, slot, verdict.Action);
                vector[slot].Marks = RouteMarks.Translated;
                vector.Forward(slot, StageId.Route);
                break;
            case NatAction.Redirect when nat.Tunnel is NatTunnel tunnel:
                IPv6Address owner = tunnel.DestinationOf(verdict);
                vector.Trace?.Note(Id, $"another host's: sent on to {owner}");
                var sink = RoutedSink.For(vector, routers, output, Id, slot);
                _ = tunnel.Encapsulate(RouterPackets.PacketOf(vector, slot), owner, forwarding: false, ref sink);
                vector.Consume(slot);
                break;
            case NatAction.Held:
                vector.Trace?.Consume(Id, "waits for the first fragment of its datagram");
                vector.Consume(slot);
                break;
            default:
                DropReason reason = verdict.Action == NatAction.Drop ? ReasonOf(verdict.Reason) : DropReason.NatNoMapping;
                vector.Trace?.Note(Id, $"refused: {verdict.Reason}");
                vector.Drop(slot, reason);
                break;
        }
    }

    /// <summary>Puts fragments into frames that waited and whose first one has come.</summary>
    private void TakeFragments(PacketVector vector, Translator nat, ushort order, ushort ingress)
    {
        while (vector.FreeSlots > 1 && vector.Pool.Available > 1 && nat.Engine.TryTakeFragment(_scratch, out int length, out NatVerdict verdict))
        {
            if (RouterPackets.TryMake(vector, order, ingress, nat.Outside, _scratch.AsSpan(0, length), out ushort made))
            {
                Settle(vector, made, nat, verdict);
            }
        }
    }

    private void Describe(PacketVector vector, ushort slot, NatAction action)
    {
        if (vector.Trace is not null && IPv4View.TryParse(RouterPackets.PacketOf(vector, slot), out IPv4View view))
        {
            vector.Trace.Note(Id, $"{action.ToString().ToLowerInvariant()}: from {view.Source} to {view.Destination} now");
        }
    }

    /// <summary>The reason behind what the engine says.</summary>
    private static DropReason ReasonOf(NatDropReason reason) => reason switch
    {
        NatDropReason.MalformedIPv4 or NatDropReason.MalformedTransport or NatDropReason.MalformedFragment or NatDropReason.BadAddress or NatDropReason.BadIcmpError => DropReason.NatMalformed,
        NatDropReason.UnknownProtocol or NatDropReason.UnsupportedIcmp => DropReason.NatUnsupported,
        NatDropReason.NoMapping => DropReason.NatNoMapping,
        NatDropReason.Filtered => DropReason.NatFiltered,
        NatDropReason.NoConnection => DropReason.NatNoConnection,
        NatDropReason.PortsExhausted => DropReason.NatPortsExhausted,
        NatDropReason.QuotaExceeded => DropReason.NatQuotaExceeded,
        NatDropReason.FragmentsFull or NatDropReason.FragmentOfDropped => DropReason.NatFragmentRefused,
        NatDropReason.RedirectedTwice => DropReason.NatRedirectedTwice,
        _ => DropReason.NatTableFull,
    };
}
