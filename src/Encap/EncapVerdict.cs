namespace Weft.Encap;

/// <summary>What became of a frame that was to enter a tunnel.</summary>
public enum EncapVerdict : byte
{
    /// <summary>The outer headers are written.</summary>
    Encapsulated,

    /// <summary>The outer packet would exceed the MTU; VTEPs do not fragment (RFC 7348 section 4.3).</summary>
    TooBig,

    /// <summary>The next hop's MAC address is not known yet.</summary>
    NextHopUnresolved,

    /// <summary>The sink of a <see cref="TunnelFragmenter"/> gave no room for a packet.</summary>
    OutOfRoom,
}
