using System.Globalization;
using Weft.Cluster;

namespace Weft.Host.Datapath.Sharing;

/// <summary>
/// Which host owns which machine, under which epoch, as the cluster keeps it: <c>/svc/v1/machine/NUMBER</c>. Every change is one transaction on what was read, so
/// that of two hosts that want a machine one gets it, and the other learns so.
/// </summary>
internal sealed class MachineOwners(IClusterStore store, string host, TimeProvider? time = null)
{
    private const string Prefix = "/svc/v1/machine/";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly OwnershipTable _table = new(store, Prefix);
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>This host's name.</summary>
    public string Host => host;

    /// <summary>The clock of pauses.</summary>
    public TimeProvider Time => _time;

    /// <summary>Who owns a machine; takes it if it is nobody's and <paramref name="wants"/> it. Null if it stays nobody's.</summary>
    public Task<OwnershipEntry?> ClaimAsync(uint machine, bool wants, CancellationToken cancellation) => UntilAnsweredAsync(async () =>
    {
        OwnershipEntry? seen = await _table.ReadAsync(NameOf(machine), cancellation).ConfigureAwait(false);
        return seen is not null || !wants
            ? seen
            : await _table.TryChangeAsync(NameOf(machine), seen, host, backup: null, cancellation).ConfigureAwait(false)
                ?? await _table.ReadAsync(NameOf(machine), cancellation).ConfigureAwait(false);
    }, cancellation);

    /// <summary>Takes a machine over that another host gives away; asks until the store has answered.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="epoch">The epoch under which the other host owns it.</param>
    /// <param name="cancellation">Gives up: nobody can say then who owns it but the store.</param>
    /// <returns>True if this host owns it under the next epoch.</returns>
    public Task<bool> TryTakeAsync(uint machine, ulong epoch, CancellationToken cancellation) => UntilAnsweredAsync(async () =>
    {
        OwnershipEntry? seen = await _table.ReadAsync(NameOf(machine), cancellation).ConfigureAwait(false);
        if (seen is not null && (ulong)seen.Ownership.Epoch == epoch)
        {
            seen = await _table.TryChangeAsync(NameOf(machine), seen, host, backup: null, cancellation).ConfigureAwait(false)
                ?? await _table.ReadAsync(NameOf(machine), cancellation).ConfigureAwait(false);
        }

        return seen is not null && seen.Ownership.Owner == host && (ulong)seen.Ownership.Epoch == epoch + 1;
    }, cancellation);

    /// <summary>
    /// Says whether a machine that was given away, to a host that fell silent, has gone: if not, it never will, because this host owns it under a later epoch
    /// afterwards.
    /// </summary>
    /// <param name="machine">The machine.</param>
    /// <param name="epoch">The epoch under which this host owned it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether it is this host's, and its epoch.</returns>
    public Task<(bool IsHere, ulong Epoch)> SettleAsync(uint machine, ulong epoch, CancellationToken cancellation) => UntilAnsweredAsync(async () =>
    {
        OwnershipEntry? seen = await _table.ReadAsync(NameOf(machine), cancellation).ConfigureAwait(false);
        if (seen is null || (seen.Ownership.Owner == host && (ulong)seen.Ownership.Epoch == epoch))
        {
            seen = await _table.TryChangeAsync(NameOf(machine), seen, host, backup: null, cancellation).ConfigureAwait(false)
                ?? await _table.ReadAsync(NameOf(machine), cancellation).ConfigureAwait(false);
        }

        return (seen?.Ownership.Owner == host, (ulong)(seen?.Ownership.Epoch ?? 0));
    }, cancellation);

    /// <summary>Changes of owners as they happen, and first all that there are.</summary>
    public async IAsyncEnumerable<(uint Machine, Ownership Ownership)> FollowAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (MirrorUpdate update in new StoreMirror(store, Prefix, time).FollowAsync(cancellation).ConfigureAwait(false))
        {
            foreach (StoreChange change in update.Changes)
            {
                if (change.Entry is StoreEntry entry && _table.Parse(entry) is OwnershipEntry owned && uint.TryParse(owned.Name, NumberStyles.None, CultureInfo.InvariantCulture, out uint machine))
                {
                    yield return (machine, owned.Ownership);
                }
            }
        }
    }

    private async Task<T> UntilAnsweredAsync<T>(Func<Task<T>> question, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await question().ConfigureAwait(false);
            }
            catch (StoreUnavailableException)
            {
                // Whether or not a change was made: the next look tells.
                await Task.Delay(Pause, _time, cancellation).ConfigureAwait(false);
            }
        }
    }

    private static string NameOf(uint machine) => machine.ToString(CultureInfo.InvariantCulture);
}
