using Weft.AlarmStore;
using Weft.Analytics;

namespace Weft.Host.Analytics.Alarms;

/// <summary>
/// What the database knows of alarms, for whoever asks: over a connection of its own that is opened when somebody does, so that readers
/// never hold up what is being stored. One question at a time, away from every thread that has something to do.
/// </summary>
internal sealed class AlarmArchive(Func<AlarmDatabase> open) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private AlarmDatabase? _database;
    private bool _isClosed;

    /// <summary>Changes, newest first.</summary>
    /// <param name="count">Most changes, at least 1.</param>
    /// <param name="before">Only those with a smaller number.</param>
    /// <exception cref="InvalidOperationException">The database is out of reach, or the switch ends.</exception>
    public async Task<IReadOnlyList<AlarmRecord>> LatestAsync(int count, long before)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            return _isClosed ? throw new InvalidOperationException("the watch has ended") : await Task.Run(() => (_database ??= open()).Latest(count, before)).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is AlarmStoreException or Datapath.SwitchStartException)
        {
            throw new InvalidOperationException(failed.Message, failed);
        }
        finally
        {
            _ = _turn.Release();
        }
    }

    /// <summary>Closes the connection when the question under way is answered.</summary>
    public void Dispose()
    {
        _turn.Wait();
        _isClosed = true;
        _database?.Dispose();
        _ = _turn.Release();
    }
}
