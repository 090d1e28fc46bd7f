using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Mesh.Records;
using Weft.Packets;

namespace Weft.Mesh;

/// <summary>Packets that belong to no connection that is known, and those that speak of one.</summary>
public sealed partial class MeshTranslator
{
    private static void Addresses(ReadOnlySpan<byte> frame, in PacketLayout layout, out IPv6Address source, out IPv6Address destination)
    {
        ReadOnlySpan<byte> packet = frame[layout.L3Offset..];
        if (layout.IsIPv4)
        {
            _ = IPv4View.TryParse(packet, out IPv4View v4);
            source = IPv6Address.MapIPv4(v4.Source);
            destination = IPv6Address.MapIPv4(v4.Destination);
            return;
        }

        _ = IPv6View.TryParse(packet, out IPv6View v6);
        source = v6.Source;
        destination = v6.Destination;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MeshVerdict Open<TKey, TFamily>(RecordTable<TKey, TFamily> table, FlowHandle over, int slotBase, in TKey key, ref byte packet, ref byte transport, IpProtocol protocol, MeshSide from, uint seconds)
        where TKey : unmanaged
        where TFamily : struct, IFamily<TKey>
    {
        if (!over.IsNone)
        {
            // A connection that is over, and whose addresses and ports this packet opens again.
            table.Remove(over);
            _counters.Reused++;
        }

        MeshEndpoint source = TFamily.SourceOf(in key);
        MeshEndpoint destination = TFamily.DestinationOf(in key);
        MeshFlowKind kind = from == MeshSide.Application ? MeshFlowKind.Redirect : MeshFlowKind.Restore;
        MeshEndpoint newSource;
        MeshEndpoint newDestination;
        bool found = kind == MeshFlowKind.Redirect
            ? Plan.TryFindRedirect(source, destination, protocol, out newSource, out newDestination)
            : Plan.TryFindRestore(source, destination, protocol, out newSource, out newDestination);
        if (!found)
        {
            return ProcessStranger(source, destination, protocol, from);
        }

        if (protocol == IpProtocol.Tcp && !Transport.Opens(Transport.FlagsOf(ref transport)))
        {
            return Drop(MeshDropReason.NoRecord);
        }

        MeshDropReason refused = table.Open(kind, in key, newSource, newDestination, Plan.Generation, seconds, out FlowHandle handle);
        if (refused != MeshDropReason.None)
        {
            return Drop(refused);
        }

        (kind == MeshFlowKind.Redirect ? ref _counters.RedirectFlows : ref _counters.RestoreFlows)++;
        _ = table.TryTranslate(handle, ref packet, ref transport, protocol, seconds, out _);
        return new MeshVerdict(Tally(kind, isAnswer: false), MeshDropReason.None, slotBase + handle.Index, IsNew: true);
    }

    /// <summary>TCP or UDP that no rule redirects or restores.</summary>
    private MeshVerdict ProcessStranger(MeshEndpoint source, MeshEndpoint destination, IpProtocol protocol, MeshSide from)
    {
        if (IsOfPool(source.Address, destination.Address, from, out MeshDropReason reason))
        {
            return Drop(reason);
        }

        // What a service sends to a machine of the mesh belongs to a connection that the agent opened, and if that is forgotten it must not leave in the clear.
        bool isForgotten = from == MeshSide.Application && !_allowPlaintext && Plan.IsPeer(destination.Address) && Plan.IsOwnService(source, protocol);
        return isForgotten ? Drop(MeshDropReason.NoRecord) : Pass();
    }

    private MeshVerdict ProcessNetwork(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        Addresses(frame, in layout, out IPv6Address source, out IPv6Address destination);
        if (Plan.IsLoopback(source) || Plan.IsLoopback(destination))
        {
            return Drop(MeshDropReason.LoopbackLeak);
        }

        if (_allowPlaintext || !layout.HasL4 || layout.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp) || (layout.Flags & LayoutFlags.LaterFragment) != 0)
        {
            return Pass();
        }

        ushort port = Wire16(frame, layout.L4Offset + sizeof(ushort));
        return Plan.IsOwnService(new MeshEndpoint(destination, port), layout.Protocol) ? Drop(MeshDropReason.Plaintext) : Pass();
    }

    /// <summary>What has no ports of its own: ICMP, fragments, what is damaged, other protocols.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private MeshVerdict ProcessOther<TKey, TFamily>(RecordTable<TKey, TFamily> table, int slotBase, Span<byte> frame, in PacketLayout layout, MeshSide from)
        where TKey : unmanaged
        where TFamily : struct, IFamily<TKey>
    {
        if (layout.Error != LayoutError.None)
        {
            return Drop(MeshDropReason.Malformed);
        }

        Addresses(frame, in layout, out IPv6Address source, out IPv6Address destination);
        if (layout.IsFragment && layout.Protocol is IpProtocol.Tcp or IpProtocol.Udp)
        {
            bool between = Plan.IsOwn(source) && Plan.IsPeer(destination);
            return between || Plan.IsLoopback(source) || Plan.IsLoopback(destination) ? Drop(MeshDropReason.Fragment) : Pass();
        }

        if (layout.HasL4 && !layout.IsFragment && layout.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6
            && TryTranslateError(table, frame, in layout, source, from, out FlowHandle handle))
        {
            _counters.Errors++;
            return new MeshVerdict(Tally(table[handle].Kind, handle.IsReverse), MeshDropReason.None, slotBase + handle.Index);
        }

        return IsOfPool(source, destination, from, out MeshDropReason reason) ? Drop(reason) : Pass();
    }

    /// <summary>
    /// Translates an ICMP error about a packet of a connection as a packet that goes its way, and what it embeds as one that came the other way.
    /// </summary>
    private bool TryTranslateError<TKey, TFamily>(RecordTable<TKey, TFamily> table, Span<byte> frame, in PacketLayout layout, IPv6Address sender, MeshSide from, out FlowHandle handle)
        where TKey : unmanaged
        where TFamily : struct, IFamily<TKey>
    {
        handle = FlowHandle.None;
        if (!TFamily.TryReadEmbedded(frame[layout.L4Offset..layout.EndOffset], (uint)from, out TKey embedded))
        {
            return false;
        }

        TKey way = TFamily.Reverse(in embedded);
        handle = table.Find(in way);
        if (handle.IsNone)
        {
            return false;
        }

        table.Translated(handle, out MeshEndpoint newSource, out MeshEndpoint newDestination);
        if (!EndpointEdit.TrySetEmbedded(frame, in layout, source: true, newDestination.Address, newDestination.Port)
            || !EndpointEdit.TrySetEmbedded(frame, in layout, source: false, newSource.Address, newSource.Port))
        {
            return false;
        }

        // A router between, if there is any, keeps its address unless that is one that no wire may have.
        if (sender == TFamily.SourceOf(in way).Address || Plan.IsLoopback(sender))
        {
            _ = EndpointEdit.TrySet(frame, in layout, source: true, newSource.Address, port: null);
        }

        return EndpointEdit.TrySet(frame, in layout, source: false, newDestination.Address, port: null);
    }

    /// <summary>Why a packet of the machine's own sides that no connection explains must not go on, if an address is one that no wire may have.</summary>
    private bool IsOfPool(IPv6Address source, IPv6Address destination, MeshSide from, out MeshDropReason reason)
    {
        bool spoofs = Plan.IsLoopback(source);
        reason = from == MeshSide.Application ? MeshDropReason.LoopbackLeak
            : spoofs && !Plan.IsAgentSide(source) ? MeshDropReason.SpoofedLoopback
            : MeshDropReason.NoRecord;
        return spoofs || Plan.IsLoopback(destination);
    }

    private static ushort Wire16(ReadOnlySpan<byte> frame, int offset) => BinaryPrimitives.ReadUInt16BigEndian(frame[offset..]);
}
