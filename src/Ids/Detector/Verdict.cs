namespace Weft.Ids;

/// <summary>What is to be done with a packet.</summary>
public enum Verdict : byte
{
    /// <summary>Let it go on.</summary>
    Accept,

    /// <summary>Drop it. Only inline detectors say this.</summary>
    Drop,

    /// <summary>Drop it and tell the sender (TCP reset, ICMP unreachable). Only inline detectors say this.</summary>
    Reject,
}
