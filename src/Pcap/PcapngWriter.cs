using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Pcap;

/// <summary>
/// Writes pcapng files: several interfaces, options of packets, names, statistics, secrets, and blocks copied from other
/// files. Writing a packet copies its bytes once and allocates nothing.
/// </summary>
/// <remarks>
/// Blocks leave the buffer whole, when it is full, at <see cref="Flush"/> and at disposal; a process that is killed leaves a
/// file that can be read up to its last block. The section header is written with the first thing behind it. One thread uses
/// a writer at a time.
/// <code>
/// using var writer = PcapngWriter.Create("out.pcapng");
/// int web = writer.AddInterface(new() { Name = "web1" });
/// writer.WritePacket(web, now, frame, new PcapPacketOptions { Flags = PcapPacketFlags.Of(PcapDirection.Inbound) });
/// </code>
/// </remarks>
public sealed partial class PcapngWriter : IDisposable
{
    private readonly CaptureSink _sink;
    private readonly PcapngWriterOptions _options;
    private readonly List<WrittenInterface> _interfaces = [];
    private bool _swapped;
    private bool _inSection;
    private bool _disposed;

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">A stream that can be written; it need not seek.</param>
    /// <param name="options">What the section header says.</param>
    /// <param name="leaveOpen">Whether disposing the writer leaves the stream open.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PcapngWriter(Stream stream, PcapngWriterOptions? options = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _options = (options ?? new()).Validate();
        _sink = new StreamSink(stream, _options.BufferBytes, leaveOpen);
    }

    /// <summary>Writes into a pipe, which stays the caller's to complete. Call <see cref="FlushAsync"/> now and then.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PcapngWriter(PipeWriter pipe, PcapngWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        _options = (options ?? new()).Validate();
        _sink = new PipeSink(pipe);
    }

    /// <summary>Packets written, those in copied blocks included.</summary>
    public long Packets { get; private set; }

    /// <summary>Bytes written, whether or not they have left the buffer.</summary>
    public long BytesWritten => _sink.Written;

    /// <summary>Interfaces of the present section; the next one described gets this number.</summary>
    public int InterfaceCount => _interfaces.Count;

    /// <summary>Creates a file, or empties the one that is there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static PcapngWriter Create(string path, PcapngWriterOptions? options = null)
    {
        options = (options ?? new()).Validate();
        return new PcapngWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0), options);
    }

    /// <summary>Describes an interface; packets refer to it by the number returned. May be called at any time.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public int AddInterface(PcapngInterfaceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        EnsureSection();
        WriteInterface(options);
        _interfaces.Add(new WrittenInterface(options.SnapLength, options.TimestampResolution, options.TimestampOffsetSeconds));

        // A file that is killed before its first full buffer shall at least show its interfaces.
        _sink.Flush();
        return _interfaces.Count - 1;
    }

    /// <summary>Appends a packet as an Enhanced Packet Block, cut to the interface's snap length.</summary>
    /// <param name="interfaceId">A number that <see cref="AddInterface"/> returned.</param>
    /// <param name="timestamp">Nanoseconds since the Unix epoch.</param>
    /// <param name="data">The captured bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such interface, or the timestamp is older than its offset.</exception>
    public void WritePacket(int interfaceId, Timestamp timestamp, ReadOnlySpan<byte> data) =>
        WritePacket(interfaceId, timestamp, data, default);

    /// <summary>Appends a packet with options as an Enhanced Packet Block, cut to the interface's snap length.</summary>
    /// <param name="interfaceId">A number that <see cref="AddInterface"/> returned.</param>
    /// <param name="timestamp">Nanoseconds since the Unix epoch.</param>
    /// <param name="data">The captured bytes.</param>
    /// <param name="options">What else to say of the packet.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// There is no such interface, the timestamp is older than its offset, or an option is too long.
    /// </exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void WritePacket(int interfaceId, Timestamp timestamp, ReadOnlySpan<byte> data, in PcapPacketOptions options)
    {
        const int FixedBytes = 28;
        WrittenInterface target = Interface(interfaceId);
        ulong units = target.ToUnits(timestamp);
        PcapWriteLimits.Check(data.Length, 0, PcapWriteLimits.MaxPacketBytes, nameof(data));
        uint original = PcapWriteLimits.OriginalLength(options.OriginalLength, data.Length);
        int captured = Math.Min(data.Length, target.SnapLength);
        int padded = OptionEncoder.Padded(captured);
        int optionBytes = Measure(options);
        int total = FixedBytes + padded + optionBytes + PcapngBlock.TrailerBytes;
        Span<byte> block = Begin(PcapngBlockType.EnhancedPacket, total);
        bool swapped = _swapped;
        ByteOrder.Write(block[8..], (uint)interfaceId, swapped);
        ByteOrder.Write(block[12..], (uint)(units >> 32), swapped);
        ByteOrder.Write(block[16..], (uint)units, swapped);
        ByteOrder.Write(block[20..], (uint)captured, swapped);
        ByteOrder.Write(block[24..], original, swapped);
        data[..captured].CopyTo(block[FixedBytes..]);
        block.Slice(FixedBytes + captured, padded - captured).Clear();
        if (optionBytes > 0)
        {
            Encode(options, block.Slice(FixedBytes + padded, optionBytes));
        }

        End(block, total);
        Packets++;
    }

    /// <summary>
    /// Appends a packet as a Simple Packet Block: no time and no options, of the section's first interface and cut to its
    /// snap length.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">No interface has been described, or a length is out of range.</exception>
    public void WriteSimplePacket(ReadOnlySpan<byte> data, long? originalLength = null)
    {
        const int FixedBytes = 12;
        PcapWriteLimits.Check(data.Length, 0, PcapWriteLimits.MaxPacketBytes, nameof(data));
        uint original = PcapWriteLimits.OriginalLength(originalLength, data.Length);
        int captured = Math.Min(data.Length, Interface(0).SnapLength);

        // Readers take the lesser of original and snap length as the captured length, so that a shorter capture cannot be said.
        if (captured != Math.Min(original, (uint)Interface(0).SnapLength))
        {
            throw new ArgumentOutOfRangeException(
                nameof(originalLength), originalLength, "A simple packet must be whole or cut at exactly the snap length of interface 0.");
        }

        int padded = OptionEncoder.Padded(captured);
        int total = FixedBytes + padded + PcapngBlock.TrailerBytes;
        Span<byte> block = Begin(PcapngBlockType.SimplePacket, total);
        ByteOrder.Write(block[8..], original, _swapped);
        data[..captured].CopyTo(block[FixedBytes..]);
        block.Slice(FixedBytes + captured, padded - captured).Clear();
        End(block, total);
        Packets++;
    }

    /// <summary>Hands what was written to the stream; does nothing for a pipe, whose reader only <see cref="FlushAsync"/> reaches.</summary>
    public void Flush()
    {
        EnsureSection();
        _sink.Flush();
    }

    /// <summary>Hands what was written to the stream or the pipe, waiting while the pipe's reader is behind.</summary>
    /// <returns>False if the pipe's reader has gone: nothing more needs to be written.</returns>
    public ValueTask<bool> FlushAsync(CancellationToken cancellationToken = default)
    {
        EnsureSection();
        return _sink.FlushAsync(cancellationToken);
    }

    /// <summary>Flushes and closes the stream, unless it was to be left open.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            EnsureSection();
            _sink.Dispose();
        }
    }

    private WrittenInterface Interface(int interfaceId)
    {
        if ((uint)interfaceId >= (uint)_interfaces.Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(interfaceId), interfaceId, $"The section has {_interfaces.Count} interfaces; describe one with AddInterface first.");
        }

        return _interfaces[interfaceId];
    }

    private Span<byte> Begin(PcapngBlockType type, int total)
    {
        Span<byte> block = _sink.Reserve(total);
        ByteOrder.Write(block, (uint)type, _swapped);
        ByteOrder.Write(block[4..], (uint)total, _swapped);
        return block;
    }

    private void End(Span<byte> block, int total)
    {
        ByteOrder.Write(block[(total - PcapngBlock.TrailerBytes)..], (uint)total, _swapped);
        _sink.Commit(total);
    }
}
