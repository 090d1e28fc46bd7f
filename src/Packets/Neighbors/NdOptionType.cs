namespace Weft.Packets;

/// <summary>Types of neighbour discovery options (RFC 4861 section 4.6).</summary>
public enum NdOptionType : byte
{
    /// <summary>Link-layer address of the sender.</summary>
    SourceLinkLayerAddress = 1,

    /// <summary>Link-layer address of the target.</summary>
    TargetLinkLayerAddress = 2,

    /// <summary>Prefix information.</summary>
    PrefixInformation = 3,

    /// <summary>Start of the packet that a redirect answers.</summary>
    RedirectedHeader = 4,

    /// <summary>MTU of the link.</summary>
    Mtu = 5,

    /// <summary>Nonce (RFC 3971, RFC 7527).</summary>
    Nonce = 14,

    /// <summary>Recursive DNS servers (RFC 8106).</summary>
    DnsServers = 25,
}
