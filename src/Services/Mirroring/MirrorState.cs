namespace Weft.Services;

/// <summary>What <see cref="Mirror"/> remembers of a flow: packets copied so far.</summary>
public struct MirrorState
{
    internal ulong Copied;
}
