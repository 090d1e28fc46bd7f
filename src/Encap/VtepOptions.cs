using Weft.Packets;

namespace Weft.Encap;

/// <summary>One local tunnel endpoint: what its outer headers say and what it accepts.</summary>
public sealed record VtepOptions
{
    /// <summary>UDP port of VXLAN (RFC 7348 section 8).</summary>
    public const ushort VxlanPort = 4789;

    /// <summary>UDP port of Geneve (RFC 8926 section 7).</summary>
    public const ushort GenevePort = 6081;

    /// <summary>Tunnel header.</summary>
    public required TunnelProtocol Protocol { get; init; }

    /// <summary>Own address on the underlay, a unicast address.</summary>
    public required VtepAddress Address { get; init; }

    /// <summary>Own MAC address on the underlay, an individual address.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Secret of the entropy hash; use it for nothing else, its results are visible as source ports.</summary>
    public required HashSeed EntropySeed { get; init; }

    /// <summary>Destination UDP port on which both ends listen, 1 to 65535; null for the protocol's own.</summary>
    public ushort? UdpPort { get; init; }

    /// <summary>First source port that entropy may pick, at least 1. The default range is the dynamic one of RFC 6335.</summary>
    public ushort SourcePortMin { get; init; } = 49152;

    /// <summary>Last source port that entropy may pick, at least <see cref="SourcePortMin"/>.</summary>
    public ushort SourcePortMax { get; init; } = 65535;

    /// <summary>UDP checksum of outer headers.</summary>
    public OuterChecksum Checksum { get; init; } = OuterChecksum.Standard;

    /// <summary>
    /// Accept a zero UDP checksum over IPv6, as RFC 6936 section 4 allows for configured tunnels. Over IPv4 zero is always
    /// accepted.
    /// </summary>
    public bool AcceptZeroChecksumOverIPv6 { get; init; }

    /// <summary>TTL or hop limit of outer headers, 1 to 255.</summary>
    public byte TimeToLive { get; init; } = 64;

    /// <summary>
    /// Differentiated services code point of outer headers, 0 to 63; null copies that of the inner packet, as the uniform model
    /// of RFC 2983 section 3 does. Frames that are not IP get 0 then.
    /// </summary>
    public byte? Dscp { get; init; } = 0;

    /// <summary>What becomes of the outer code point where a frame comes out.</summary>
    public DscpModel DscpModel { get; init; }

    /// <summary>Explicit congestion notification of outer headers.</summary>
    public OuterEcn Ecn { get; init; } = OuterEcn.Normal;

    /// <summary>
    /// Set the don't-fragment flag of outer IPv4 headers (RFC 8926 section 4.4.1). Without it, headers carry identifications
    /// that count up (RFC 6864 section 4.1); outer fragments are lost at most receivers, this one included.
    /// </summary>
    public bool DontFragment { get; init; } = true;

    /// <summary>Largest outer IP packet in bytes, 576 to 65535: the underlay's MTU.</summary>
    public int MtuBytes { get; init; } = 1500;

    /// <summary>
    /// Bytes that ESP adds in front of the UDP header once the packet is sealed: its header and IV, and a UDP header if ESP has one
    /// (RFC 3948); 0 without ESP, at most 64. They, tag and alignment are left free in every packet.
    /// </summary>
    public int EspBytes { get; init; }

    /// <summary>How frames that are too long are cut, and that cut ones are taken; null if neither is done.</summary>
    public TunnelFragmentation? Fragmentation { get; init; }

    /// <summary>
    /// Virtual network whose control packets (O bit of Geneve, RFC 8926 section 3.4) are taken out of the tunnel like frames; null
    /// refuses all control packets.
    /// </summary>
    public uint? ControlVni { get; init; }

    /// <summary>The destination UDP port in force: <see cref="UdpPort"/>, or the protocol's own.</summary>
    public ushort EffectiveUdpPort => UdpPort ?? Protocol switch
    {
        TunnelProtocol.Vxlan => VxlanPort,
        TunnelProtocol.Geneve => GenevePort,
        _ => VxlanGpeHeader.Port,
    };

    internal void Validate()
    {
        if (!Address.IsUnicast)
        {
            throw new ArgumentException($"{nameof(Address)} is {Address}; it must be a unicast address.");
        }

        if (!Mac.IsValidSource)
        {
            throw new ArgumentException($"{nameof(Mac)} is {Mac}; it must be an individual address other than zero.");
        }

        if (EffectiveUdpPort == 0)
        {
            throw new ArgumentException($"{nameof(UdpPort)} is 0; the allowed range is 1 to 65535.");
        }

        if (SourcePortMin == 0 || SourcePortMax < SourcePortMin)
        {
            throw new ArgumentException(
                $"{nameof(SourcePortMin)} to {nameof(SourcePortMax)} is {SourcePortMin} to {SourcePortMax}; the allowed range is 1 to 65535, ascending.");
        }

        if (TimeToLive == 0)
        {
            throw new ArgumentException($"{nameof(TimeToLive)} is 0; the allowed range is 1 to 255.");
        }

        if (Dscp > 63)
        {
            throw new ArgumentException($"{nameof(Dscp)} is {Dscp}; the allowed range is 0 to 63.");
        }

        if (MtuBytes is < 576 or > 65535)
        {
            throw new ArgumentException($"{nameof(MtuBytes)} is {MtuBytes}; the allowed range is 576 to 65535.");
        }

        if (EspBytes is < 0 or > 64)
        {
            throw new ArgumentException($"{nameof(EspBytes)} is {EspBytes}; the allowed range is 0 to 64.");
        }

        Fragmentation?.Validate(Protocol);
    }
}
