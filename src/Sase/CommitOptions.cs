namespace Weft.Sase;

/// <summary>
/// How packets of a new flow wait until the backup has acknowledged the flow, so that nobody ever gets an answer of which only the owner knows why.
/// </summary>
/// <remarks>
/// It costs the first packet of a flow the way to the backup and back. A message that is lost is sent again after 20 ms. A node without a living backup
/// does not wait. What waits is allocated once: <see cref="Packets"/> times the longest packet of the tunnels.
/// </remarks>
public sealed record CommitOptions
{
    /// <summary>Packets that wait at most, 1 to 65,536; of one segment among several at most as many as are free. Default 256.</summary>
    public int Packets { get; init; } = 256;

    /// <summary>How long one waits at most, 1 ms to 10 s. Default 100 ms.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// What happens to packets that waited so long, or for which there is no room: true has them leave all the same (the flow may begin anew if the owner dies
    /// before the backup hears of it); false drops them and ends the flow, so that its sender tries again. True by default.
    /// </summary>
    public bool FailOpen { get; init; } = true;

    internal void Validate()
    {
        PopOptions.Check(Packets, 1, 65_536, nameof(Packets));
        PopOptions.Check((long)Wait.TotalMilliseconds, 1, 10_000, nameof(Wait));
    }
}
