namespace Weft.Ids;

/// <summary>
/// Which bytes a receiver keeps where two segments, or two fragments, both have some: systems differ (Ptacek and Newsham 1998;
/// Novak and Sturges 2007).
/// </summary>
public enum OverlapPolicy : byte
{
    /// <summary>The first, except where the later one begins before it. FreeBSD, NetBSD, OpenBSD, AIX, and Windows from 2000 on.</summary>
    Bsd,

    /// <summary>The later one if it does not begin before the first (HP JetDirect).</summary>
    BsdRight,

    /// <summary>As <see cref="Bsd"/>, and the later one if both begin at once and it is not shorter. Linux 2.2 and before.</summary>
    OldLinux,

    /// <summary>As <see cref="Bsd"/>, and the later one if both begin at once and it is longer. Linux 2.4 and later.</summary>
    Linux,

    /// <summary>The later one if it covers the first and more.</summary>
    Solaris,

    /// <summary>As <see cref="Bsd"/>.</summary>
    Windows,

    /// <summary>As <see cref="First"/>.</summary>
    Vista,

    /// <summary>Always the first.</summary>
    First,

    /// <summary>Always the later one.</summary>
    Last,
}

/// <summary>Decides overlaps.</summary>
internal static class OverlapRules
{
    /// <summary>True if the bytes that came later are kept.</summary>
    public static bool LaterWins(OverlapPolicy policy, long start, long end, long oldStart, long oldEnd) => policy switch
    {
        OverlapPolicy.Bsd or OverlapPolicy.Windows => start < oldStart,
        OverlapPolicy.BsdRight => start >= oldStart,
        OverlapPolicy.OldLinux => start < oldStart || (start == oldStart && end >= oldEnd),
        OverlapPolicy.Linux => start < oldStart || (start == oldStart && end > oldEnd),
        OverlapPolicy.Solaris => (start < oldStart && end >= oldEnd) || (start <= oldStart && end > oldEnd),
        OverlapPolicy.Last => true,
        _ => false,
    };
}
