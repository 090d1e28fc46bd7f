using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>How the connections of one IP version are named.</summary>
internal interface IAclFamily<TKey, TFragment>
    where TKey : unmanaged
    where TFragment : unmanaged
{
    static abstract bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, out TKey key);

    static abstract bool TryReadFragment(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, out TFragment key);

    /// <summary>Reads which connection an ICMP error is about, as the error's receiver sent it.</summary>
    static abstract bool TryReadEmbedded(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, out TKey key);

    static abstract TKey Reverse(in TKey key);

    static abstract bool IsTcp(in TKey key);

    static abstract bool IsUdp(in TKey key);

    static abstract AclConnection Describe(in TKey key);

    static abstract TKey KeyOf(in AclConnection connection);
}

/// <summary>IPv4.</summary>
internal readonly struct AclFamily4 : IAclFamily<FlowKey4, FragmentKey4>
{
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, out FlowKey4 key) => FlowKey4.TryRead(frame, layout, out key, zone);

    public static bool TryReadFragment(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, out FragmentKey4 key)
    {
        bool isWhole = IPv4View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv4View view);
        key = isWhole ? FragmentKey4.Of(view, zone) : default;
        return isWhole;
    }

    public static bool TryReadEmbedded(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, out FlowKey4 key)
    {
        key = default;
        return layout.HasL4 && layout.Protocol == IpProtocol.Icmp && IcmpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpView icmp) && icmp.IsError
            && EmbeddedFlow.TryRead(icmp.EmbeddedPacket, out key, zone);
    }

    public static FlowKey4 Reverse(in FlowKey4 key) => key.Reversed;

    public static bool IsTcp(in FlowKey4 key) => key.Protocol == IpProtocol.Tcp;

    public static bool IsUdp(in FlowKey4 key) => key.Protocol == IpProtocol.Udp;

    public static AclConnection Describe(in FlowKey4 key) => new(
        (int)key.Scope, false, true, IPv6Address.MapIPv4(key.Source), IPv6Address.MapIPv4(key.Destination), key.Protocol, key.SourcePort, key.DestinationPort, TcpState.None, default);

    public static FlowKey4 KeyOf(in AclConnection of) =>
        new(new IPv4Address((uint)of.Source.Low), new IPv4Address((uint)of.Destination.Low), of.Protocol, of.SourcePort, of.DestinationPort, (uint)of.Zone);
}

/// <summary>IPv6.</summary>
internal readonly struct AclFamily6 : IAclFamily<FlowKey6, FragmentKey6>
{
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, out FlowKey6 key) => FlowKey6.TryRead(frame, layout, out key, zone);

    public static bool TryReadFragment(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, out FragmentKey6 key)
    {
        key = default;
        if (!IPv6View.TryParse(frame[layout.L3Offset..layout.EndOffset], out IPv6View view) || !view.TryGetFragmentHeader(out IPv6FragmentHeader fragment))
        {
            return false;
        }

        key = new FragmentKey6(view.Source, view.Destination, fragment.Identification, zone);
        return true;
    }

    public static bool TryReadEmbedded(ReadOnlySpan<byte> frame, in PacketLayout layout, uint zone, out FlowKey6 key)
    {
        key = default;
        return layout.HasL4 && layout.Protocol == IpProtocol.IcmpV6 && IcmpV6View.TryParse(frame[layout.L4Offset..layout.EndOffset], out IcmpV6View icmp) && icmp.IsError
            && EmbeddedFlow.TryRead(icmp.EmbeddedPacket, out key, zone);
    }

    public static FlowKey6 Reverse(in FlowKey6 key) => key.Reversed;

    public static bool IsTcp(in FlowKey6 key) => key.Protocol == IpProtocol.Tcp;

    public static bool IsUdp(in FlowKey6 key) => key.Protocol == IpProtocol.Udp;

    public static AclConnection Describe(in FlowKey6 key) => new((int)key.Scope, false, false, key.Source, key.Destination, key.Protocol, key.SourcePort, key.DestinationPort, TcpState.None, default);

    public static FlowKey6 KeyOf(in AclConnection of) => new(of.Source, of.Destination, of.Protocol, of.SourcePort, of.DestinationPort, (uint)of.Zone);
}
