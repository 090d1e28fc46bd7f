using System.Globalization;
using System.Runtime.CompilerServices;

namespace Weft.Cluster;

/// <summary>
/// Who holds which block of shared addresses, for whoever brings packets to their owners: everything once, then every change. A block whose holder's lease
/// ended is nobody's at once, because the holder has stopped by its own clock before; while the store is out of reach everything stays as it was known last.
/// </summary>
public sealed class PortBlockDirectory
{
    private const string Owner = "owner";

    private readonly string _prefix;
    private readonly StoreMirror _mirror;

    /// <summary>Makes an empty directory; <see cref="FollowAsync"/> fills it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="prefix">The <see cref="PortBlockPoolOptions.Prefix"/> of those who hold blocks.</param>
    /// <param name="time">The clock of pauses while the store is out of reach; null for the system's.</param>
    public PortBlockDirectory(IClusterStore store, string prefix = "/snat/v1/", TimeProvider? time = null) => (_prefix, _mirror) = (prefix, new StoreMirror(store, prefix, time));

    /// <summary>All blocks that are held and whose holders say where to send; after each change, until <paramref name="cancellation"/>. Keys that cannot be read are passed over.</summary>
    /// <exception cref="StoreReplacedException">The store is not the one of before.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> ended it.</exception>
    public async IAsyncEnumerable<IReadOnlyList<HeldPortBlock>> FollowAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        bool isFirst = true;
        await foreach (MirrorUpdate update in _mirror.FollowAsync(cancellation).ConfigureAwait(false))
        {
            // A block that rests changes nothing here.
            if (isFirst || update.Changes.Any(change => change.Key.EndsWith(Owner, StringComparison.Ordinal)))
            {
                isFirst = false;
                yield return [.. update.Snapshot.Entries.Values.Select(Parse).OfType<HeldPortBlock>()];
            }
        }
    }

    private HeldPortBlock? Parse(StoreEntry entry)
    {
        string[] parts = entry.Key[_prefix.Length..].Split('/');
        return parts is [string address, string number, Owner] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && ClusterJson.Read<PortBlockHolder>(entry) is { Via: string via, Blocks: int blocks } holder && index < blocks
            ? new HeldPortBlock(address, index, blocks, holder.Host, via, entry.ModRevision)
            : null;
    }
}
