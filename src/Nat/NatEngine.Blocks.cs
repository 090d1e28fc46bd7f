using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>Blocks of ports: leased, renewed, drained, given back, lost.</summary>
public sealed partial class NatEngine
{
    private const int RememberedLeases = 1024;

    /// <summary>The newest lease of each block that was here, so that an older one is recognised.</summary>
    private readonly FlowTable<ulong, uint> _epochs;

    /// <summary>Begins to map to the ports of a block.</summary>
    /// <param name="block">
    /// The block. With a <see cref="PortBlock.LeaseEpoch"/> other than 0 it is a lease, and one that is not newer than the last lease of
    /// this block here is refused: it was given back, and somebody else may have had the block since.
    /// </param>
    /// <param name="now">The time.</param>
    /// <param name="holdDown">
    /// True if another host had the block until now: every port rests first, but for those of flows that are imported
    /// (<see cref="Import"/>).
    /// </param>
    /// <param name="expires">When the lease ends: no mapping is made from then on (<see cref="TryRenewBlock"/>). Never by default.</param>
    /// <param name="predecessor">The epoch of the lease that another host had; flows that were exported under an older one are not taken over.</param>
    /// <returns>
    /// False if the block is none (<see cref="PortBlock.IsValid"/>), its lease is an old one, it overlaps another block, or there are 64
    /// already.
    /// </returns>
    public bool TryAddBlock(PortBlock block, Timestamp now, bool holdDown = false, Timestamp? expires = null, uint predecessor = 0)
    {
        if (!block.IsValid || IsOld(block) || !_pool.TryAdd(block, holdDown, predecessor, expires ?? Timestamp.MaxValue, now))
        {
            return false;
        }

        if (block.LeaseEpoch != 0)
        {
            _ = _epochs.Add(EpochKey(block), out FlowHandle known);
            _epochs[known] = block.LeaseEpoch;
        }

        Log(new NatEvent(NatEventKind.BlockAllocated, now, Outside: block.Address, OutsidePort: block.First, OutsideLastPort: block.Last));
        return true;
    }

    /// <summary>Extends the lease of a block.</summary>
    /// <param name="block">The block, with the epoch that it was added with.</param>
    /// <param name="expires">When the lease ends now.</param>
    /// <returns>False if there is no such lease here.</returns>
    public bool TryRenewBlock(PortBlock block, Timestamp expires)
    {
        int index = _pool.Find(block);
        if (index < 0)
        {
            return false;
        }

        _pool[index]!.Expires = expires;
        _pool.Reconsider();
        return true;
    }

    /// <summary>Makes no new mapping from a block; those that there are live on.</summary>
    /// <returns>False if there is no such lease here.</returns>
    public bool TryDrainBlock(PortBlock block)
    {
        int index = _pool.Find(block);
        if (index < 0)
        {
            return false;
        }

        _pool[index]!.Draining = true;
        return true;
    }

    /// <summary>Gives a block up once nothing uses it and nothing in it rests.</summary>
    /// <returns>False if there is no such lease here or it is not idle (<see cref="TryGetBlock"/>).</returns>
    public bool TryRemoveBlock(PortBlock block, Timestamp now)
    {
        if (!TryGetBlock(block, now, out PortBlockState state) || !state.IsIdle)
        {
            return false;
        }

        Remove(block, now);
        return true;
    }

    /// <summary>Gives a block up that was lost: every flow that uses it ends now. Takes time in proportion to the capacity of the table.</summary>
    /// <returns>False if there is no such lease here.</returns>
    public bool TryRevokeBlock(PortBlock block, Timestamp now)
    {
        int index = _pool.Find(block);
        if (index < 0)
        {
            return false;
        }

        Span<FlowHandle> slice = stackalloc FlowHandle[64];
        for (int round = 0; round < 2; round++)
        {
            // What stands under a mapping first: an entry's owner lives as long as the entry does.
            int cursor = 0;
            do
            {
                int live = _entries.Slice(ref cursor, slice);
                foreach (FlowHandle handle in slice[..live])
                {
                    if (_entries.IsLive(handle) && IsOfBlock(handle, index, ownsPort: round == 1))
                    {
                        End(handle, now);
                    }
                }
            }
            while (cursor != 0);
        }

        ForgetMoved(index);
        Remove(block, now);
        return true;
    }

    /// <summary>Tells how much of a block is in use.</summary>
    /// <returns>False if there is no such lease here.</returns>
    public bool TryGetBlock(PortBlock block, Timestamp now, out PortBlockState state)
    {
        int index = _pool.Find(block);
        state = index < 0 ? default : _pool[index]!.StateAt(now);
        return index >= 0;
    }

    private static ulong EpochKey(PortBlock block) => ((ulong)block.Address.Value << 32) | ((ulong)block.First << 8) | block.Log2Size;

    private bool IsOld(PortBlock block)
    {
        FlowHandle known = _epochs.Find(EpochKey(block));
        return block.LeaseEpoch != 0 && !known.IsNone && _epochs[known] >= block.LeaseEpoch;
    }

    /// <summary>True if an entry ends when a block does: what has a port of it, or what belongs to that.</summary>
    private bool IsOfBlock(FlowHandle handle, int index, bool ownsPort)
    {
        NatEntry entry = _entries[handle];
        return entry.Kind switch
        {
            NatEntryKind.Session or NatEntryKind.Permit => !ownsPort && (!_entries.IsLive(entry.Owner) || _entries[entry.Owner].Block == index),
            NatEntryKind.PeerTag => false, // ends with its association
            _ => ownsPort && entry.Block == index,
        };
    }

    private void Remove(PortBlock block, Timestamp now)
    {
        _pool.Remove(_pool.Find(block), _maps.Addresses);
        Log(new NatEvent(NatEventKind.BlockReleased, now, Outside: block.Address, OutsidePort: block.First, OutsideLastPort: block.Last));
    }
}
