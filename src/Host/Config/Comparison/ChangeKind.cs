namespace Weft.Host.Config.Comparison;

/// <summary>What happens to a key or a member of a list.</summary>
public enum ChangeKind
{
    /// <summary>It comes.</summary>
    Added,

    /// <summary>It goes.</summary>
    Removed,

    /// <summary>It gets another value, or its members another order.</summary>
    Changed,
}
