using Weft.Packets;

namespace Weft.Sase;

/// <summary>Owners in memory, for members of one process, and as the model of what a store does. Each member has a <see cref="Client"/> of its own.</summary>
/// <remarks>Not for several threads.</remarks>
public sealed class OwnershipTable
{
    private readonly Epoch[] _epochs;
    private readonly List<Queue<OwnershipGrant>> _watchers = [];

    /// <summary>Creates a table without owners.</summary>
    /// <param name="bundles">Bundles, 1 to 256.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bundles"/> is out of range.</exception>
    public OwnershipTable(int bundles)
    {
        PopOptions.Check(bundles, 1, 256, nameof(bundles));
        _epochs = new Epoch[bundles];
    }

    /// <summary>The epoch that a bundle is in.</summary>
    public Epoch this[int bundle] => _epochs[bundle];

    /// <summary>Makes a client, which sees every change from now on.</summary>
    public IOwnershipStore Client()
    {
        var watcher = new Queue<OwnershipGrant>(_epochs.Length * 4);
        _watchers.Add(watcher);
        return new TableClient(this, watcher);
    }

    private void Exchange(int bundle, Epoch expected, Epoch next, Queue<OwnershipGrant> asker)
    {
        if (_epochs[bundle] > expected || next <= _epochs[bundle])
        {
            asker.Enqueue(new OwnershipGrant(bundle, _epochs[bundle]));
            return;
        }

        _epochs[bundle] = next;
        foreach (Queue<OwnershipGrant> watcher in _watchers)
        {
            watcher.Enqueue(new OwnershipGrant(bundle, next));
        }
    }

    private sealed class TableClient(OwnershipTable table, Queue<OwnershipGrant> answers) : IOwnershipStore
    {
        public void Request(int bundle, Epoch expected, Epoch next, Timestamp now) => table.Exchange(bundle, expected, next, answers);

        public bool TryTake(out OwnershipGrant grant) => answers.TryDequeue(out grant);
    }
}
