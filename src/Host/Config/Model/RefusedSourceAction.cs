namespace Weft.Host.Config;

/// <summary>What happens to frames whose source a port may not teach the filtering database.</summary>
public enum RefusedSourceAction
{
    /// <summary>They are forwarded; only the database stays as it is.</summary>
    Forward,

    /// <summary>They are dropped.</summary>
    Drop,
}
