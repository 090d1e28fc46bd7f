using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Pcap;

/// <summary>Writes pcap files: one interface, no options. Writing a packet copies its bytes once and allocates nothing.</summary>
/// <remarks>
/// Records leave the buffer whole, when it is full, at <see cref="Flush"/> and at disposal; a process that is killed leaves a
/// file that can be read up to its last record. One thread uses a writer at a time.
/// </remarks>
public sealed class PcapWriter : IDisposable
{
    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private readonly CaptureSink _sink;
    private readonly bool _swapped;
    private readonly int _snapLength;
    private readonly uint _nanosecondsPerFraction;

    /// <summary>Writes to a stream; the header is written at once.</summary>
    /// <param name="stream">A stream that can be written; it need not seek.</param>
    /// <param name="options">What the header says.</param>
    /// <param name="leaveOpen">Whether disposing the writer leaves the stream open.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PcapWriter(Stream stream, PcapWriterOptions? options = null, bool leaveOpen = false)
        : this(new StreamSink(NotNull(stream), (options ??= new()).Validate().BufferBytes, leaveOpen), options)
    {
        _sink.Flush();
    }

    /// <summary>Writes into a pipe, which stays the caller's to complete. Call <see cref="FlushAsync"/> now and then.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PcapWriter(PipeWriter pipe, PcapWriterOptions? options = null)
        : this(new PipeSink(NotNull(pipe)), (options ?? new()).Validate())
    {
    }

    private PcapWriter(CaptureSink sink, PcapWriterOptions options)
    {
        _sink = sink;
        _swapped = options.BigEndian == BitConverter.IsLittleEndian;
        _snapLength = options.SnapLength;
        _nanosecondsPerFraction = options.Format == PcapFormat.PcapNanoseconds ? 1u : 1000u;
        WriteFileHeader(options);
    }

    /// <summary>Packets written.</summary>
    public long Packets { get; private set; }

    /// <summary>Bytes written, headers included, whether or not they have left the buffer.</summary>
    public long BytesWritten => _sink.Written;

    /// <summary>Creates a file, or empties the one that is there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static PcapWriter Create(string path, PcapWriterOptions? options = null)
    {
        options = (options ?? new()).Validate();
        return new PcapWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0), options);
    }

    /// <summary>Appends a packet, cut to the snap length.</summary>
    /// <param name="timestamp">Nanoseconds since the Unix epoch, from 1970 to 2106.</param>
    /// <param name="data">The captured bytes.</param>
    /// <param name="originalLength">Bytes that the packet had on the wire, if more than <paramref name="data"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The timestamp or a length is outside what the format can say.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void WritePacket(Timestamp timestamp, ReadOnlySpan<byte> data, long? originalLength = null)
    {
        ulong nanoseconds = (ulong)timestamp.Nanoseconds;
        ulong seconds = nanoseconds / (ulong)NanosecondsPerSecond;
        if (seconds > uint.MaxValue)
        {
            ThrowTimestamp(timestamp);
        }

        PcapWriteLimits.Check(data.Length, 0, PcapWriteLimits.MaxPacketBytes, nameof(data));
        uint original = PcapWriteLimits.OriginalLength(originalLength, data.Length);
        int captured = Math.Min(data.Length, _snapLength);
        int length = RecordHeaderBytes + captured;
        Span<byte> record = _sink.Reserve(length);
        bool swapped = _swapped;
        ByteOrder.Write(record, (uint)seconds, swapped);
        ByteOrder.Write(record[4..], (uint)(nanoseconds - seconds * (ulong)NanosecondsPerSecond) / _nanosecondsPerFraction, swapped);
        ByteOrder.Write(record[8..], (uint)captured, swapped);
        ByteOrder.Write(record[12..], original, swapped);
        data[..captured].CopyTo(record[RecordHeaderBytes..]);
        _sink.Commit(length);
        Packets++;
    }

    /// <summary>Hands what was written to the stream; does nothing for a pipe, whose reader only <see cref="FlushAsync"/> reaches.</summary>
    public void Flush() => _sink.Flush();

    /// <summary>Hands what was written to the stream or the pipe, waiting while the pipe's reader is behind.</summary>
    /// <returns>False if the pipe's reader has gone: nothing more needs to be written.</returns>
    public ValueTask<bool> FlushAsync(CancellationToken cancellationToken = default) => _sink.FlushAsync(cancellationToken);

    /// <summary>Flushes and closes the stream, unless it was to be left open.</summary>
    public void Dispose() => _sink.Dispose();

    private void WriteFileHeader(PcapWriterOptions options)
    {
        const uint FcsPresent = 1u << 26;
        Span<byte> header = _sink.Reserve(FileHeaderBytes)[..FileHeaderBytes];
        header.Clear();
        ByteOrder.Write(header, options.Format == PcapFormat.PcapNanoseconds ? PcapMagic.Nanoseconds : PcapMagic.Microseconds, _swapped);
        ByteOrder.Write(header[4..], (ushort)2, _swapped);
        ByteOrder.Write(header[6..], (ushort)4, _swapped);
        ByteOrder.Write(header[16..], (uint)options.SnapLength, _swapped);
        uint fcs = options.FcsBytes == 0 ? 0 : FcsPresent | ((uint)(options.FcsBytes / sizeof(ushort)) << 28);
        ByteOrder.Write(header[20..], (uint)options.LinkType | fcs, _swapped);
        _sink.Commit(FileHeaderBytes);
    }

    private static T NotNull<T>(T value, [CallerArgumentExpression(nameof(value))] string? name = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    private static void ThrowTimestamp(Timestamp timestamp) =>
        throw new ArgumentOutOfRangeException(nameof(timestamp), timestamp, "A pcap timestamp must be from 1970-01-01 to 2106-02-07.");
}
