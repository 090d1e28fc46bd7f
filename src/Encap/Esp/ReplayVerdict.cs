namespace Weft.Encap;

/// <summary>What an <see cref="AntiReplayWindow"/> says of a sequence number.</summary>
public enum ReplayVerdict : byte
{
    /// <summary>Not seen before and not too old.</summary>
    Fresh,

    /// <summary>Seen before.</summary>
    Duplicate,

    /// <summary>Older than the window reaches; it may or may not have been seen.</summary>
    TooOld,
}
