namespace Weft.Bridge;

/// <summary>State of a port's mux machine (IEEE 802.1AX clause 6.4.15, independent control).</summary>
public enum LacpMuxState : byte
{
    /// <summary>It belongs to no group.</summary>
    Detached,

    /// <summary>It waits for others that come up at the same time.</summary>
    Waiting,

    /// <summary>It belongs to its group and waits for the partner.</summary>
    Attached,

    /// <summary>It takes frames.</summary>
    Collecting,

    /// <summary>It takes and sends frames.</summary>
    Distributing,
}
