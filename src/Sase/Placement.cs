using Weft.Flows;
using Weft.Packets;

namespace Weft.Sase;

/// <summary>
/// In which order nodes are considered for a bundle: by rendezvous hashing, so that every member comes to the same order without asking, and a
/// node that is gone changes the order of no others. Immutable.
/// </summary>
public sealed class Placement
{
    private readonly byte[] _order;
    private readonly int _nodes;

    /// <summary>Computes the orders.</summary>
    /// <param name="nodes">Addresses of the nodes, 1 to <see cref="PopOptions.MaxNodes"/>.</param>
    /// <param name="bundles">Bundles, 1 to 256.</param>
    /// <param name="pinned">Bundles whose first node is to be a certain one; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public Placement(IReadOnlyList<IPv4Address> nodes, int bundles, IReadOnlyDictionary<int, int>? pinned = null)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        PopOptions.Check(nodes.Count, 1, PopOptions.MaxNodes, nameof(nodes));
        PopOptions.Check(bundles, 1, 256, nameof(bundles));
        _nodes = nodes.Count;
        _order = new byte[bundles * _nodes];
        HashBackend[] names = [.. nodes.Select(node => new HashBackend(NameOf(node)))];
        // The seed is no secret: members that do not share one must come to the same order.
        var table = RendezvousTable.Build(new byte[RendezvousTable.SeedLength], names, choices: _nodes, rows: 256);
        for (int bundle = 0; bundle < bundles; bundle++)
        {
            List<ushort> row = [.. table.Row((ulong)bundle)];
            if (pinned is not null && pinned.TryGetValue(bundle, out int first))
            {
                PopOptions.Check(first, 0, _nodes - 1, nameof(pinned));
                _ = row.Remove((ushort)first);
                row.Insert(0, (ushort)first);
            }

            for (int rank = 0; rank < _nodes; rank++)
            {
                _order[(bundle * _nodes) + rank] = (byte)row[rank];
            }
        }
    }

    /// <summary>The first node of a bundle that is alive. Costs a step a node.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="alive">One bit a node, the lowest for node 0.</param>
    /// <returns>The node, -1 if none is alive.</returns>
    public int First(int bundle, ulong alive)
    {
        foreach (byte node in _order.AsSpan(bundle * _nodes, _nodes))
        {
            if ((alive >> node & 1) != 0)
            {
                return node;
            }
        }

        return -1;
    }

    private static byte[] NameOf(IPv4Address node)
    {
        byte[] name = new byte[IPv4Address.Length];
        node.Write(name);
        return name;
    }
}
