namespace Weft.Packets;

/// <summary>What a datagram of UDP port 4500 carries (RFC 3948 section 2).</summary>
public enum EspUdpContent : byte
{
    /// <summary>Too short for any of the others.</summary>
    Malformed = 0,

    /// <summary>An ESP packet.</summary>
    Esp,

    /// <summary>The non-ESP marker and an IKE message.</summary>
    Ike,

    /// <summary>One octet 0xFF that keeps an address translator's mapping alive.</summary>
    KeepAlive,
}
