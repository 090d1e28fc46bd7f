namespace Weft.Lb;

/// <summary>Names a load balancer for as long as it is a member; recognised as stale afterwards, also when its place was given to another.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Generation">Which member this place holds; 0 in the default value, which names nobody.</param>
public readonly record struct LbId(ushort Index, ushort Generation)
{
    /// <summary>Nobody. The default value.</summary>
    public static LbId None => default;

    /// <summary>True if this names nobody.</summary>
    public bool IsNone => Generation == 0;
}
