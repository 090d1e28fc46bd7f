namespace Weft.Encap;

/// <summary>What an ESP packet protects (RFC 4303 section 3.1).</summary>
public enum EspMode : byte
{
    /// <summary>What is behind the IP header, as a rule a tunnel's UDP datagram. The IP header stays in clear text and outside the tag.</summary>
    Transport,

    /// <summary>A whole IP packet behind an IP header of the tunnel's own.</summary>
    Tunnel,
}
