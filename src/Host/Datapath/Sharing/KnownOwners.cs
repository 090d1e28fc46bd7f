using Weft.Nat;

namespace Weft.Host.Datapath.Sharing;

/// <summary>Owners of ports at one moment: what a gateway looks up, and what people are shown.</summary>
/// <param name="Table">The table.</param>
/// <param name="Blocks">What it was made of, with the names of the owners.</param>
internal sealed record KnownOwners(PortOwnerTable Table, IReadOnlyList<(PortOwner Owner, string? Name)> Blocks)
{
    public static KnownOwners Nobody { get; } = new(PortOwnerTable.Empty, []);

    public static KnownOwners Of(IReadOnlyList<(PortOwner Owner, string? Name)> blocks) => new(new PortOwnerTable(blocks.Select(block => block.Owner)), blocks);
}
