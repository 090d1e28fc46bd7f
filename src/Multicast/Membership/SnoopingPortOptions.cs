namespace Weft.Multicast;

/// <summary>What one port may do and how it is treated. A remote tunnel endpoint is a port too.</summary>
public sealed record SnoopingPortOptions
{
    /// <summary>When leaves take effect at once; never by default.</summary>
    public FastLeave FastLeave { get; init; }

    /// <summary>Most groups joined behind the port, over all segments, 0 to 65,536; a join beyond is refused. 1,024 by default.</summary>
    public int MaxGroups { get; init; } = 1024;

    /// <summary>
    /// Most sources filtered behind the port, over all groups, 0 to 65,536. A filter that does not fit is widened to all sources of
    /// its group, so that the port gets too much and not too little. 1,024 by default.
    /// </summary>
    public int MaxSources { get; init; } = 1024;

    /// <summary>Most IGMP and MLD messages that the port may send in a second and at once, 1 to 1,000,000; 10,000 by default.</summary>
    public int MaxMessagesPerSecond { get; init; } = 10_000;

    /// <summary>False if no router may be behind the port: queries from there are dropped, so that no host can win the election.</summary>
    public bool AcceptQueries { get; init; } = true;

    internal void Validate(int port)
    {
        SnoopingOptions.Check(MaxGroups is >= 0 and <= 65_536, $"{nameof(MaxGroups)} of port {port} must be 0 to 65,536, not {MaxGroups}.");
        SnoopingOptions.Check(MaxSources is >= 0 and <= 65_536, $"{nameof(MaxSources)} of port {port} must be 0 to 65,536, not {MaxSources}.");
        SnoopingOptions.Check(
            MaxMessagesPerSecond is >= 1 and <= 1_000_000,
            $"{nameof(MaxMessagesPerSecond)} of port {port} must be 1 to 1,000,000, not {MaxMessagesPerSecond}.");
    }
}
