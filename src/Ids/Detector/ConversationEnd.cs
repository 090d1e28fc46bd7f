namespace Weft.Ids;

/// <summary>Why a detector no longer remembers a conversation.</summary>
public enum ConversationEnd : byte
{
    /// <summary>It is remembered.</summary>
    None,

    /// <summary>It was closed, or nothing was heard of it for long.</summary>
    Timeout,

    /// <summary>Another conversation needed its place.</summary>
    Forced,

    /// <summary>Another TCP connection began between the same ports.</summary>
    Reused,

    /// <summary>The detector was told to forget everything.</summary>
    Shutdown,
}
