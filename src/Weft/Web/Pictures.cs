using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Web;

/// <summary>
/// Pictures of the switch for whoever asks. A picture makes the workers stand still between two bursts, so those who ask at about the
/// same time get the same one: however many ask, the switch is asked four times a second for each set of parts at most.
/// </summary>
internal sealed class Pictures(SwitchHost host)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<SnapshotParts, (long Taken, Task<Picture> Picture)> _recent = new();

    /// <summary>The picture that a topic needs, a quarter of a second old at most; after the end of the switch its last one.</summary>
    public Task<Picture> OfAsync(ShowTopic topic)
    {
        SnapshotParts parts = ShowTopics.PartsOf(topic);
        lock (_recent)
        {
            if (_recent.TryGetValue(parts, out (long Taken, Task<Picture> Picture) recent) && !recent.Picture.IsFaulted && Stopwatch.GetElapsedTime(recent.Taken) < Freshness)
            {
                return recent.Picture;
            }

            Task<Picture> picture = TakeAsync(parts);
            _recent[parts] = (Stopwatch.GetTimestamp(), picture);
            return picture;
        }
    }

    private async Task<Picture> TakeAsync(SnapshotParts parts)
    {
        try
        {
            return new Picture(await host.SnapshotAsync(parts).ConfigureAwait(false), IsLast: false);
        }
        catch (InvalidOperationException) when (host.Completion.IsCompleted)
        {
            return new Picture((await host.Completion.ConfigureAwait(false)).Final, IsLast: true);
        }
    }

    /// <summary>A picture and its text.</summary>
    /// <param name="Snapshot">The picture.</param>
    /// <param name="IsLast">Whether the switch has ended.</param>
    internal sealed record Picture(SwitchSnapshot Snapshot, bool IsLast)
    {
        private readonly Lazy<byte[]> _json = new(() => Encoding.UTF8.GetBytes(SnapshotJson.Serialize(Snapshot)));

        /// <summary>As <c>weft show --json</c> has it, on one line.</summary>
        public ReadOnlyMemory<byte> Json => _json.Value;
    }
}
