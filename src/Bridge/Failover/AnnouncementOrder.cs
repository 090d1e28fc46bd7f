namespace Weft.Bridge;

/// <summary>What a node that takes over does first.</summary>
public enum AnnouncementOrder : byte
{
    /// <summary>It forwards at once and announces meanwhile: shortest outage. The default.</summary>
    ForwardThenAnnounce,

    /// <summary>It announces every address once before it forwards, the order in which US 10,855,519 claims it.</summary>
    AnnounceThenForward,
}
