namespace Weft.Analytics;

/// <summary>Why a flow is reported: information element 136 of RFC 5102 (IANA's flowEndReason).</summary>
public enum FlowEndReason : byte
{
    /// <summary>Nothing came for the idle timeout.</summary>
    Idle = 1,

    /// <summary>It goes on, and was reported last an active timeout ago.</summary>
    Active = 2,

    /// <summary>The meter stops.</summary>
    Forced = 4,

    /// <summary>The table was full.</summary>
    NoResources = 5,
}
