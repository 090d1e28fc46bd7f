namespace Weft.Ports;

/// <summary>What a superframe consists of, which decides who can send it as it is.</summary>
public enum SuperframeKind : byte
{
    /// <summary>TCP segments of one connection.</summary>
    Tcp,

    /// <summary>UDP datagrams of equal length, the last of which may be shorter. They may be those of a tunnel, each with a frame of its own inside.</summary>
    Udp,

    /// <summary>Segments below one tunnel header, as the kernel's own tunnels make them. A packet socket cannot describe it: no port sends it.</summary>
    Tunnelled,
}
