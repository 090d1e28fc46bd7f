using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// One remote tunnel endpoint as an encapsulator sees it: its outer headers, built once, in which only lengths, ports,
/// markings and checksums change from packet to packet. Made by <see cref="TunnelEncapsulator.CreatePeer"/>.
/// </summary>
public sealed class TunnelPeer
{
    private readonly byte[] _template;

    internal TunnelPeer(VtepOptions options, VtepAddress remote)
    {
        Address = remote;
        _template = OuterTemplate.Build(options, remote);
        (IPv4Sum, PseudoHeaderSum) = OuterTemplate.Sums(_template, options.Address, remote);
        MaxInnerBytes = options.MtuBytes - (HeaderBytes - OuterFormat.EthernetLength);
    }

    /// <summary>Address of the remote endpoint.</summary>
    public VtepAddress Address { get; }

    /// <summary>Bytes of outer headers from Ethernet to the tunnel header: 50 over IPv4, 70 over IPv6.</summary>
    public int HeaderBytes => _template.Length;

    /// <summary>Longest inner frame that fits the MTU, its Ethernet header included.</summary>
    public int MaxInnerBytes { get; }

    /// <summary>True once <see cref="SetNextHop"/> was called.</summary>
    public bool IsResolved { get; private set; }

    /// <summary>MAC address of the next hop; zero until it is known.</summary>
    public MacAddress NextHop => MacAddress.Read(_template);

    internal ReadOnlySpan<byte> Template => _template;

    /// <summary>Sum of the template's IPv4 header, whose type of service, length, identification and checksum are zero.</summary>
    internal uint IPv4Sum { get; }

    /// <summary>Sum of addresses and protocol of the pseudo header.</summary>
    internal uint PseudoHeaderSum { get; }

    /// <summary>Next identification, for headers that may be fragmented.</summary>
    internal ushort NextIdentification { get; set; }

    /// <summary>Sets the MAC address that outer frames go to.</summary>
    /// <exception cref="ArgumentException">The address is a group address or zero.</exception>
    public void SetNextHop(MacAddress mac)
    {
        if (!mac.IsValidSource)
        {
            throw new ArgumentException($"The next hop is {mac}; it must be an individual address other than zero.", nameof(mac));
        }

        mac.Write(_template);
        IsResolved = true;
    }

    /// <summary>Forgets the next hop: frames are refused until it is set again.</summary>
    public void ClearNextHop()
    {
        MacAddress.Zero.Write(_template);
        IsResolved = false;
    }
}
