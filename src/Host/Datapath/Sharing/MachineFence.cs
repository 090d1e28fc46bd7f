using Weft.Cluster;
using Weft.Host.Control;

namespace Weft.Host.Datapath.Sharing;

/// <summary>
/// Has a host serve the machines that the cluster says are its own, and no others: it asks before the first packet, and stops when another host has taken
/// one over. A store that does not answer takes nothing away.
/// </summary>
internal sealed class MachineFence : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly MachineOwners _owners;
    private readonly IMoveHost _host;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _claiming;
    private readonly Task _following;

    public MachineFence(MachineOwners owners, IMoveHost host)
    {
        (_owners, _host) = (owners, host);
        _claiming = RunAsync(ClaimAsync);
        _following = RunAsync(FollowAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_claiming, _following).ConfigureAwait(false);
        _end.Dispose();
    }

    /// <summary>Machines come with the start and with every reload.</summary>
    private async Task ClaimAsync()
    {
        foreach ((uint machine, bool wants) in await _host.ClaimsAsync().ConfigureAwait(false))
        {
            OwnershipEntry? owner = await _owners.ClaimAsync(machine, wants, _end.Token).ConfigureAwait(false);
            await TellAsync(machine, owner?.Ownership).ConfigureAwait(false);
        }

        await Task.Delay(Pause, _owners.Time, _end.Token).ConfigureAwait(false);
    }

    private async Task FollowAsync()
    {
        await foreach ((uint machine, Ownership owner) in _owners.FollowAsync(_end.Token).ConfigureAwait(false))
        {
            await TellAsync(machine, owner).ConfigureAwait(false);
        }
    }

    private Task TellAsync(uint machine, Ownership? owner) =>
        _host.OwnedAsync(machine, owner?.Owner == _owners.Host, (ulong)(owner?.Epoch ?? 0), owner?.Owner);

    private async Task RunAsync(Func<Task> step)
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                await step().ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure) when (failure is ClusterStoreException or ObjectDisposedException or InvalidOperationException)
            {
                // The store was replaced, or the switch is at its end: what is served is served on.
                await Task.WhenAny(Task.Delay(Pause, _owners.Time, _end.Token)).ConfigureAwait(false);
            }
        }
    }
}
