namespace Weft.Nat;

/// <summary>What whoever owns the blocks says about one.</summary>
public enum LeaseAnswerKind : byte
{
    /// <summary>The block is this host's.</summary>
    Granted,

    /// <summary>There is none to be had now.</summary>
    Denied,

    /// <summary>The block stays this host's for longer.</summary>
    Renewed,

    /// <summary>The block is this host's no more: whatever uses it must end.</summary>
    Lost,
}
