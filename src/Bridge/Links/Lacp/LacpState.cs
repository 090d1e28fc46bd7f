namespace Weft.Bridge;

/// <summary>State of one end of a link, as LACP says it (IEEE 802.1AX clause 6.4.2.3).</summary>
[Flags]
public enum LacpState : byte
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>It speaks first.</summary>
    Activity = 0x01,

    /// <summary>It wants a message a second, and gives up after three; otherwise one in 30 seconds.</summary>
    ShortTimeout = 0x02,

    /// <summary>The link may belong to a group of several.</summary>
    Aggregation = 0x04,

    /// <summary>The link belongs to the right group.</summary>
    Synchronization = 0x08,

    /// <summary>It takes frames.</summary>
    Collecting = 0x10,

    /// <summary>It sends frames.</summary>
    Distributing = 0x20,

    /// <summary>It heard nothing and assumes a partner.</summary>
    Defaulted = 0x40,

    /// <summary>It heard nothing for too long.</summary>
    Expired = 0x80,
}
