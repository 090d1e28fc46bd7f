namespace Weft.Sase.Ownership;

/// <summary>What a gateway knows of a bundle: the owner, and whom it asks when that one is gone.</summary>
internal struct GatewayBundle
{
    /// <summary>The latest epoch that an owner spoke in. It never goes back.</summary>
    public Epoch Accepted;

    /// <summary>The node that the owner tells of its flows; -1 if it has said of none.</summary>
    public int Told;

    /// <summary>The node that is asked to take over; -1 if there is none. Chosen before it is needed.</summary>
    public int Backup;

    /// <summary>The epoch that the backup is asked to take over in.</summary>
    public Epoch BackupEpoch;

    /// <summary>Whether a tenant here needs it.</summary>
    public bool IsUsed;

    /// <summary>Whether the owner has begun a new life since it said that it was the owner, and knows nothing of the flows that it had.</summary>
    public bool IsForgotten;
}
