using System.Numerics;

namespace Weft.Encap;

/// <summary>The second half of receive-side scaling: the low bits of the hash index a table of receive queues.</summary>
public sealed class RssIndirectionTable
{
    /// <summary>Most entries of a table; adapters have 128, 512 or 2,048.</summary>
    public const int MaxEntries = 4096;

    private readonly ushort[] _queues;

    /// <summary>Takes the table as <c>ethtool -x</c> prints it: one queue an entry.</summary>
    /// <param name="queues">1 to 4,096 entries, a power of two.</param>
    /// <exception cref="ArgumentException">The number of entries is not a power of two up to 4,096.</exception>
    public RssIndirectionTable(ReadOnlySpan<ushort> queues)
    {
        if (queues.Length > MaxEntries || !BitOperations.IsPow2(queues.Length))
        {
            throw new ArgumentException($"An indirection table has a power of two of entries, 1 to {MaxEntries}, not {queues.Length}", nameof(queues));
        }

        _queues = queues.ToArray();
        foreach (ushort queue in _queues)
        {
            QueueCount = Math.Max(QueueCount, queue + 1);
        }
    }

    /// <summary>Queues by entry.</summary>
    public ReadOnlySpan<ushort> Entries => _queues;

    /// <summary>One more than the highest queue in the table.</summary>
    public int QueueCount { get; }

    /// <summary>The table that drivers start with: queues in turn.</summary>
    /// <param name="entries">A power of two, 1 to 4,096.</param>
    /// <param name="queues">1 to <paramref name="entries"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no queues, or more queues than entries.</exception>
    public static RssIndirectionTable RoundRobin(int entries, int queues)
    {
        if (queues < 1 || queues > entries)
        {
            throw new ArgumentOutOfRangeException(nameof(queues), queues, $"queues must be 1 to the number of entries, {entries}");
        }

        ushort[] table = new ushort[entries];
        for (int entry = 0; entry < entries; entry++)
        {
            table[entry] = (ushort)(entry % queues);
        }

        return new RssIndirectionTable(table);
    }

    /// <summary>The queue of a packet with this hash.</summary>
    public int QueueOf(uint hash) => _queues[hash & (uint)(_queues.Length - 1)];
}
