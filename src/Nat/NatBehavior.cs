namespace Weft.Nat;

/// <summary>How one protocol is mapped and filtered; every protocol can have its own (RFC 7857 section 5).</summary>
/// <param name="Mapping">Which packets share an external endpoint.</param>
/// <param name="Filtering">
/// Who may answer. An endpoint that is mapped per remote (<see cref="MappingBehavior.AddressAndPortDependent"/>) has only that one
/// remote, so it is filtered by address and port whatever is said here.
/// </param>
public readonly record struct NatBehavior(MappingBehavior Mapping, FilteringBehavior Filtering)
{
    /// <summary>Endpoint-independent mapping and filtering: the most transparent (RFC 4787 REQ-8). The default value.</summary>
    public static NatBehavior Transparent => default;

    /// <summary>One entry serves all remotes: nothing needs to be remembered of them.</summary>
    internal bool OneEntry => this == Transparent;
}
