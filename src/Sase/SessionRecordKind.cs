namespace Weft.Sase;

/// <summary>What a record of the session log says.</summary>
public enum SessionRecordKind : byte
{
    /// <summary>A session began: the policy allowed its flow, and the first packet passed.</summary>
    Started,

    /// <summary>It is over.</summary>
    Ended,

    /// <summary>A flow was not allowed, and there is no session.</summary>
    Blocked,
}
