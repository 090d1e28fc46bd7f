namespace Weft.Host.Config;

/// <summary>How frames reach a port.</summary>
public enum PortKind
{
    /// <summary>A capture file is read, another written.</summary>
    Pcap,

    /// <summary>A TAP device.</summary>
    Tap,

    /// <summary>An existing network device through a packet socket.</summary>
    AfPacket,

    /// <summary>An existing network device through AF_XDP sockets.</summary>
    AfXdp,

    /// <summary>Memory that another process shares.</summary>
    Memif,

    /// <summary>Several other ports that are used as one link.</summary>
    Bond,
}
