namespace Weft.Services;

/// <summary>What a <see cref="ContainerRing"/> has seen. Submitted packets are returned, lost or in flight.</summary>
public struct ContainerCounters
{
    /// <summary>Packets given to the container.</summary>
    public long Submitted;

    /// <summary>Packets not given to it: dead, behind, or too long.</summary>
    public long Refused;

    /// <summary>Packets that came back with a reply.</summary>
    public long Returned;

    /// <summary>Packets that were with it when it died.</summary>
    public long Lost;

    /// <summary>Replies about packets that it did not have, or had given back.</summary>
    public long Forged;

    /// <summary>Packets that came back under another service path than they were given under, or not at its end; they are among those returned.</summary>
    public long Misrouted;

    /// <summary>Times that it was found dead.</summary>
    public long Deaths;
}
