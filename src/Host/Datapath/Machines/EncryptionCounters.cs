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

    /// <summary>ICMP errors about sealed packets. They end here: nobody can say which packet was inside.</summary>
    public long Errors { get; set; }

    /// <summary>Those of them after which a way was known to carry less.</summary>
    public long PathsLowered { get; set; }

    /// <summary>Packets that did not fit when sealed, by the machine's MTU or by what the way carries.</summary>
    public long TooLong { get; set; }
}
