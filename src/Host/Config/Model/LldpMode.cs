namespace Weft.Host.Config;

/// <summary>What a port does with link layer discovery (adminStatus of IEEE 802.1AB clause 9.2.5.1).</summary>
[Flags]
public enum LldpMode
{
    /// <summary>Nothing: frames of LLDP are dropped as any frame to a reserved group.</summary>
    Off = 0,

    /// <summary>It remembers neighbours and says nothing.</summary>
    Receive = 1,

    /// <summary>It speaks and hears nothing.</summary>
    Transmit = 2,

    /// <summary>Both.</summary>
    Both = Receive | Transmit,
}
