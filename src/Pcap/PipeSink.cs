using System.IO.Pipelines;

namespace Weft.Pcap;

/// <summary>A sink that writes records straight into a pipe's memory. The pipe stays the caller's: it is not completed here.</summary>
internal sealed class PipeSink : CaptureSink
{
    private readonly PipeWriter _pipe;

    public PipeSink(PipeWriter pipe) => _pipe = pipe;

    public override Span<byte> Reserve(int bytes) => _pipe.GetSpan(bytes);

    public override void Commit(int bytes)
    {
        _pipe.Advance(bytes);
        Written += bytes;
    }

    // A pipe's flush may have to wait for its reader, which a synchronous caller cannot: only FlushAsync reaches the reader.
    public override void Flush()
    {
    }

    public override async ValueTask<bool> FlushAsync(CancellationToken cancellationToken)
    {
        FlushResult result = await _pipe.FlushAsync(cancellationToken).ConfigureAwait(false);
        return !result.IsCompleted;
    }

    public override void Dispose()
    {
    }
}
