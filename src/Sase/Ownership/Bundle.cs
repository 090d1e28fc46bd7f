using Weft.Packets;

namespace Weft.Sase.Ownership;

/// <summary>What a node knows of a bundle.</summary>
internal struct Bundle
{
    /// <summary>The latest epoch that is known.</summary>
    public Epoch Epoch;

    public BundleRole Role;

    /// <summary>The node that is told of its flows, <see cref="Announcement.NoBackup"/> if none is.</summary>
    public byte Backup;

    /// <summary>Whether the backup has been told of all of them.</summary>
    public bool IsInSync;

    /// <summary>Whether it is to be handed over as soon as the backup knows everything.</summary>
    public bool IsDraining;

    /// <summary>When its owner said so last.</summary>
    public Timestamp HeardAt;

    /// <summary>When the store was asked for it.</summary>
    public Timestamp AskedAt;

    /// <summary>The epoch in which the store has given it to the backup, while this node still owns it and tells that one the rest; none if there is none.</summary>
    public Epoch Promised;

    /// <summary>Whether <see cref="Epoch"/> is this node's own, of an earlier life: its flows are known to whoever was the backup then, and not here.</summary>
    public bool IsForgotten;

    /// <summary>When that was found out.</summary>
    public Timestamp ForgottenAt;
}
