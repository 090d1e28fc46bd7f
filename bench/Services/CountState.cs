namespace Weft.Bench.Services;

/// <summary>What a counting service remembers of a flow.</summary>
public struct CountState
{
    /// <summary>Packets.</summary>
    public long Packets;
}
