using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// One remote tunnel endpoint as an encapsulator sees it: its outer headers, built once, in which only lengths, ports,
/// markings and checksums change from packet to packet. Made by <see cref="TunnelEncapsulator.CreatePeer"/>.
/// </summary>
public sealed class TunnelPeer
{
    /// <summary>Least path MTU that a tunnel works with: what every IPv4 host must take (RFC 1122 section 3.3.2).</summary>
    public const int MinPathMtu = 576;

    private readonly byte[] _template;
    private readonly byte[] _fragmentTemplate;
    private readonly int _mtuLimit;
    private readonly int _espBytes;
    private readonly uint _laneMask;
    private uint _nextDatagramId;

    internal TunnelPeer(VtepOptions options, VtepAddress remote)
    {
        Address = remote;
        IsIPv4 = remote.IsIPv4;
        _template = OuterTemplate.Build(options, remote);
        (IPv4Sum, PseudoHeaderSum) = OuterTemplate.Sums(_template, options.Address, remote);
        _fragmentTemplate = OuterTemplate.BuildFragment(options, _template);
        _mtuLimit = options.MtuBytes;
        _espBytes = options.EspBytes;
        // Where remote ends restart their count decides nothing, as long as it is not where it was before a restart.
        uint first = (uint)new KeyedHash(options.EntropySeed).Hash(remote);
        _laneMask = (uint)(options.Fragmentation?.Lanes ?? 1) - 1;
        _nextDatagramId = (first & ~_laneMask) + (uint)(options.Fragmentation?.Lane ?? 0);
        SetPathMtu(options.MtuBytes);
    }

    /// <summary>Address of the remote endpoint.</summary>
    public VtepAddress Address { get; }

    /// <summary>Bytes of outer headers from Ethernet to the tunnel header: 50 over IPv4, 70 over IPv6.</summary>
    public int HeaderBytes => _template.Length;

    /// <summary>Bytes of outer headers of a fragment: 62 over IPv4 and 82 over IPv6 with Geneve, 4 less with VXLAN-GPE, 12 less with VXLAN; 0 if the endpoint does not fragment.</summary>
    public int FragmentHeaderBytes => _fragmentTemplate.Length;

    /// <summary>Longest inner frame that fits the MTU, its Ethernet header included.</summary>
    public int MaxInnerBytes => Budget.Whole;

    /// <summary>Largest outer IP packet towards the endpoint: the option's MTU, or the path's if that is smaller.</summary>
    public int PathMtu => Budget.MtuBytes;

    /// <summary>What fits a packet towards the endpoint.</summary>
    public PathBudget Budget { get; private set; }

    /// <summary>True once <see cref="SetNextHop"/> was called.</summary>
    public bool IsResolved { get; private set; }

    /// <summary>MAC address of the next hop; zero until it is known.</summary>
    public MacAddress NextHop => MacAddress.Read(_template);

    internal bool IsIPv4 { get; }

    internal ReadOnlySpan<byte> Template => _template;

    /// <summary>The same headers with the fragment option at their end.</summary>
    internal ReadOnlySpan<byte> FragmentTemplate => _fragmentTemplate;

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

        WriteNextHop(mac);
        IsResolved = true;
    }

    /// <summary>Says how large the path's packets may be. More than the endpoint's own MTU counts as that.</summary>
    /// <param name="bytes">Largest outer IP packet, at least <see cref="MinPathMtu"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less.</exception>
    public void SetPathMtu(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, MinPathMtu);
        Budget = new PathBudget(
            Math.Min(bytes, _mtuLimit),
            Address.IsIPv4 ? OuterFormat.IPv4Length : OuterFormat.IPv6Length,
            OuterFormat.UdpLength + OuterFormat.TunnelLength,
            Math.Max(0, FragmentHeaderBytes - HeaderBytes),
            _espBytes);
    }

    /// <summary>
    /// Goes on numbering frames and headers where another instance for the same endpoint stopped, so that what comes next is not
    /// taken for a part of what that one sent last.
    /// </summary>
    public void ContinueFrom(TunnelPeer earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        // In the lane of its own, which may be another one.
        _nextDatagramId = ((earlier._nextDatagramId + _laneMask) & ~_laneMask) + (_nextDatagramId & _laneMask);
        NextIdentification = earlier.NextIdentification;
    }

    /// <summary>Numbers the next frame that is cut.</summary>
    internal uint TakeDatagramId(int lanes)
    {
        uint id = _nextDatagramId;
        _nextDatagramId += (uint)lanes;
        return id;
    }

    /// <summary>Forgets the next hop: frames are refused until it is set again.</summary>
    public void ClearNextHop()
    {
        WriteNextHop(MacAddress.Zero);
        IsResolved = false;
    }

    private void WriteNextHop(MacAddress mac)
    {
        mac.Write(_template);
        if (_fragmentTemplate.Length > 0)
        {
            mac.Write(_fragmentTemplate);
        }
    }
}
