namespace Weft.Services;

/// <summary>What becomes of packets that should visit a service which is out of order: quarantined after faults, or over its budget of time.</summary>
public enum FailurePolicy : byte
{
    /// <summary>They are dropped. For services that protect.</summary>
    FailClosed,

    /// <summary>They pass the service by. For services that only observe.</summary>
    FailOpen,

    /// <summary>Packets of flows in which both sides have spoken pass the service by; others are dropped.</summary>
    BypassEstablished,
}
