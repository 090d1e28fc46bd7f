using System.Threading.Channels;

namespace Weft.Host.Control;

/// <summary>Reads frames of a connection as they come, so that all that are there can be dealt with between two bursts.</summary>
internal sealed class MoveInbox
{
    private readonly Channel<MoveFrame> _frames = Channel.CreateBounded<MoveFrame>(new BoundedChannelOptions(256) { SingleReader = true, SingleWriter = true });
    private readonly List<MoveFrame> _taken = [];

    public MoveInbox(MoveLink link, CancellationToken cancellation) => Completion = ReadAsync(link, cancellation);

    /// <summary>Ends when the connection has.</summary>
    public Task Completion { get; }

    /// <summary>True once the connection has ended and everything was taken.</summary>
    public bool IsOver => _frames.Reader.Completion.IsCompleted;

    /// <summary>Everything that has come; waits for something for so long.</summary>
    public async Task<List<MoveFrame>> TakeAsync(TimeSpan wait, CancellationToken cancellation)
    {
        _taken.Clear();
        if (!_frames.Reader.TryPeek(out _) && wait > TimeSpan.Zero && !IsOver)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(wait);
            try
            {
                _ = await _frames.Reader.WaitToReadAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // Nothing came, which is for the engine to judge.
            }
        }

        while (_frames.Reader.TryRead(out MoveFrame frame))
        {
            _taken.Add(frame);
        }

        return _taken;
    }

    private async Task ReadAsync(MoveLink link, CancellationToken cancellation)
    {
        try
        {
            while (await link.ReceiveAsync(cancellation).ConfigureAwait(false) is MoveFrame frame)
            {
                await _frames.Writer.WriteAsync(frame, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The end of the connection, however it came, is what the reader of the frames learns.
        }
        finally
        {
            _frames.Writer.Complete();
        }
    }
}
