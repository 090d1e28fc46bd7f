using System.Numerics;
using Weft.Cluster;
using Weft.Nat;
using Weft.Packets;
using PortBlock = Weft.Nat.PortBlock;

namespace Weft.Host.Datapath.Sharing;

/// <summary>
/// Whose the ports of shared addresses are, as the cluster's store knows it, for the gateways of this host. It follows the store on a thread of its own and
/// leaves a whole table for the worker after each change; while the store is silent the last one stays in force.
/// </summary>
internal sealed class BlockOwners : IAsyncDisposable
{
    private const int AllPorts = 65_536;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Blocks that change together are taken together, because each change makes a table.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    private readonly PortBlockDirectory _directory;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _work;
    private volatile KnownOwners _current = KnownOwners.Nobody;

    /// <param name="store">The store.</param>
    /// <param name="time">The clock of pauses; null for the machine's.</param>
    public BlockOwners(IClusterStore store, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _directory = new PortBlockDirectory(store, time: _time);
        _work = FollowAsync();
    }

    /// <summary>The owners now. Any thread.</summary>
    public KnownOwners Current => _current;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                await foreach (IReadOnlyList<HeldPortBlock> held in _directory.FollowAsync(_end.Token).ConfigureAwait(false))
                {
                    _current = TableOf(held);
                    await Task.Delay(Gathering, _time, _end.Token).ConfigureAwait(false);
                }
            }
            catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or StoreReplacedException)
            {
                // Stopped; or the store is another one, and what was known stays in force until somebody looks into it.
                return;
            }
            catch (Exception failure) when (failure is ClusterStoreException or ArgumentException)
            {
                // Out of reach, or more than a table takes: the last one stays.
                await Task.WhenAny(Task.Delay(Pause, _time, _end.Token)).ConfigureAwait(false);
            }
        }
    }

    private static KnownOwners TableOf(IReadOnlyList<HeldPortBlock> held)
    {
        var blocks = new List<(PortOwner, string?)>(held.Count);
        foreach (HeldPortBlock block in held)
        {
            if (TryRead(block, out PortOwner owner))
            {
                blocks.Add((owner, block.Host));
            }
        }

        return KnownOwners.Of(blocks);
    }

    private static bool TryRead(HeldPortBlock held, out PortOwner owner)
    {
        owner = default;
        if (!IPv4Address.TryParse(held.Address, out IPv4Address address) || !IPv6Address.TryParse(held.Via, out IPv6Address via) || held.BlocksPerAddress < 2 || held.BlocksPerAddress > AllPorts / 2 || !BitOperations.IsPow2(held.BlocksPerAddress))
        {
            return false;
        }

        byte log2 = (byte)BitOperations.Log2((uint)(AllPorts / held.BlocksPerAddress));
        owner = new PortOwner(new PortBlock(address, (ushort)(held.Index << log2), log2, (uint)held.Token), via);
        return owner.Block.IsValid;
    }
}
