namespace Weft.Host.Datapath.Machines;

/// <summary>What an encryption service has done. Each association counts for itself, too.</summary>
internal sealed class EncryptionCounters
{
    /// <summary>Packets sealed.</summary>
    public long Sealed { get; set; }

    /// <summary>Packets opened.</summary>
    public long Opened { get; set; }

    /// <summary>Packets with ESP that were refused.</summary>
    public long Forged { get; set; }

    /// <summary>Packets from other machines without ESP.</summary>
    public long InClear { get; set; }

    /// <summary>Packets to other machines that could not be sealed.</summary>
    public long NotSealed { get; set; }

    /// <summary>ICMP errors about sealed packets, whose senders cannot be told from liars.</summary>
    public long Errors { get; set; }
}
