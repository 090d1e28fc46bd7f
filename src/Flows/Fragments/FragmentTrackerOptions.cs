using Weft.Packets;

namespace Weft.Flows;

/// <summary>What a <see cref="FragmentTracker{TKey, TValue}"/> is made of.</summary>
public sealed record FragmentTrackerOptions
{
    /// <summary>Datagrams whose first fragment was seen, 1 to 2^20; 4,096 by default. When full, the oldest is forgotten.</summary>
    public int Datagrams { get; init; } = 4096;

    /// <summary>
    /// Datagrams whose first fragment is missing, 1 to 2^20; 512 by default. When full, fragments of others are refused: those
    /// whose first fragment has come are not affected.
    /// </summary>
    public int WaitingDatagrams { get; init; } = 512;

    /// <summary>Fragments held until the first one comes, 1 to 65,536; 1,024 by default.</summary>
    public int HeldFragments { get; init; } = 1024;

    /// <summary>Fragments held of one datagram, 1 to 64; 8 by default.</summary>
    public int HeldPerDatagram { get; init; } = 8;

    /// <summary>
    /// Fragments held for one source, 1 to <see cref="HeldFragments"/>; 64 by default. Sources are counted by a keyed hash in 4,096
    /// classes, so that one sender cannot take all room from the others.
    /// </summary>
    public int HeldPerSource { get; init; } = 64;

    /// <summary>Octets of the largest fragment that is held, 68 to 65,535; 1,600 by default.</summary>
    public int FragmentBytes { get; init; } = 1600;

    /// <summary>
    /// How long the first fragment is remembered, and how long others wait for it: 1 s to 2 min; 2 s by default, the least that
    /// RFC 6146 section 4 allows a translator. Identifications come round again, so longer is not better (RFC 4963).
    /// </summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Secret of the hashes.</summary>
    public required HashSeed Seed { get; init; }

    internal void Validate()
    {
        Check(Datagrams, 1, 1 << 20, nameof(Datagrams));
        Check(WaitingDatagrams, 1, 1 << 20, nameof(WaitingDatagrams));
        Check(HeldFragments, 1, 65_536, nameof(HeldFragments));
        Check(HeldPerDatagram, 1, 64, nameof(HeldPerDatagram));
        Check(HeldPerSource, 1, HeldFragments, nameof(HeldPerSource));
        Check(FragmentBytes, 68, 65_535, nameof(FragmentBytes));
        if ((long)HeldFragments * FragmentBytes > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(nameof(HeldFragments), HeldFragments, $"{nameof(HeldFragments)} × {nameof(FragmentBytes)} must be at most {Array.MaxLength}.");
        }

        if (Lifetime < TimeSpan.FromSeconds(1) || Lifetime > TimeSpan.FromMinutes(2))
        {
            throw new ArgumentOutOfRangeException(nameof(Lifetime), Lifetime, $"{nameof(Lifetime)} must be 1 s to 2 min.");
        }
    }

    private static void Check(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} to {most}.");
        }
    }
}
