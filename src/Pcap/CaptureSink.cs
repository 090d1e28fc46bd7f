namespace Weft.Pcap;

/// <summary>
/// Where a writer's bytes go. Only whole records are committed and a flush moves whole records, so whatever a killed process
/// leaves behind can be read up to its last record.
/// </summary>
internal abstract class CaptureSink : IDisposable
{
    /// <summary>Bytes committed so far.</summary>
    public long Written { get; protected set; }

    /// <summary>At least <paramref name="bytes"/> bytes to write the next record into.</summary>
    public abstract Span<byte> Reserve(int bytes);

    /// <summary>Appends the first <paramref name="bytes"/> of what was reserved last.</summary>
    public abstract void Commit(int bytes);

    /// <summary>Hands all committed bytes on.</summary>
    public abstract void Flush();

    /// <summary>Hands all committed bytes on.</summary>
    /// <returns>False if nobody wants them any more.</returns>
    public abstract ValueTask<bool> FlushAsync(CancellationToken cancellationToken);

    /// <summary>Flushes and lets go of the target.</summary>
    public abstract void Dispose();
}
