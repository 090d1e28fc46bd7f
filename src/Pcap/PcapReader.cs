using System.Runtime.CompilerServices;

namespace Weft.Pcap;

/// <summary>
/// Reads pcap and pcapng, packet after packet, from a file or any other stream, seekable or not. The format is recognised by
/// the first bytes. Reading a packet allocates nothing and copies nothing.
/// </summary>
/// <remarks>
/// What the file contains never throws: reading ends with <see cref="Error"/> and <see cref="Offset"/>, after every packet
/// before the damage has been delivered. Exceptions of the file system (missing file, failing disk) pass through. One thread
/// uses a reader at a time.
/// <code>
/// using var reader = PcapReader.Open("in.pcapng");
/// while (reader.TryRead(out PcapPacket packet))
/// {
///     Console.WriteLine($"{packet.Timestamp} {packet.InterfaceId} {packet.Data.Length}");
/// }
///
/// if (reader.Error != PcapError.None)
/// {
///     Console.Error.WriteLine($"{reader.Error.Describe()} at byte {reader.Offset}");
/// }
/// </code>
/// </remarks>
public sealed class PcapReader : IDisposable
{
    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly CaptureDecoder _decoder;
    private byte[] _buffer;
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Reads <paramref name="stream"/> from its present position, which counts as offset 0.</summary>
    /// <param name="stream">A stream that can be read; it need not seek.</param>
    /// <param name="options">Bounds and buffers.</param>
    /// <param name="leaveOpen">Whether disposing the reader leaves the stream open.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PcapReader(Stream stream, PcapReaderOptions? options = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options = (options ?? PcapReaderOptions.Default).Validate();
        _stream = stream;
        _leaveOpen = leaveOpen;
        _decoder = new CaptureDecoder(options);
        _buffer = GC.AllocateUninitializedArray<byte>(options.BufferBytes);
    }

    /// <summary>What the first bytes say; <see cref="PcapFormat.Unknown"/> until something has been read.</summary>
    public PcapFormat Format => _decoder.Format;

    /// <summary>Why the reading stopped; <see cref="PcapError.None"/> at a proper end.</summary>
    public PcapError Error => _decoder.Error;

    /// <summary>Byte at which the record that was read last begins or, if <see cref="Error"/> is set, the damaged one.</summary>
    public long Offset => _decoder.Offset;

    /// <summary>Interfaces of the present section that have been described so far; a packet's interface is always among them.</summary>
    public IReadOnlyList<PcapInterface> Interfaces => _decoder.Interfaces;

    /// <summary>What has been seen so far.</summary>
    public ref readonly PcapReaderCounters Counters => ref _decoder.Counters;

    /// <summary>Opens a capture file for one pass from front to back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static PcapReader Open(string path, PcapReaderOptions? options = null)
    {
        (options ?? PcapReaderOptions.Default).Validate();

        // No buffer of the stream's own: the reader's is the only one.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        return new PcapReader(stream, options);
    }

    /// <summary>
    /// Reads as far as the format must be known: afterwards <see cref="Format"/> holds and, for pcap, the interface. Optional;
    /// the first <see cref="TryRead"/> does it too.
    /// </summary>
    /// <returns>False if this is no capture file; <see cref="Error"/> says why.</returns>
    public bool TryReadHeader()
    {
        while (Format == PcapFormat.Unknown && Error == PcapError.None)
        {
            DecodeStatus status = _decoder.DecodeFileHeader(Available, out int size);
            Advance(status, size);
        }

        return Error == PcapError.None;
    }

    /// <summary>Reads the next packet and passes over blocks that hold none.</summary>
    /// <param name="packet">Valid until the reader is asked for anything else.</param>
    /// <returns>False at the end of the file or of its undamaged part; <see cref="Error"/> tells which.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead(out PcapPacket packet)
    {
        while (true)
        {
            DecodeStatus status = _decoder.DecodePacket(Available, out packet, out int size);
            if (status == DecodeStatus.Delivered)
            {
                _start += size;
                return true;
            }

            if (!Advance(status, size))
            {
                return false;
            }
        }
    }

    /// <summary>Reads the next block of a pcapng file, whatever its type: for copying files whole, names, statistics and secrets.</summary>
    /// <param name="block">Valid until the reader is asked for anything else.</param>
    /// <returns>False at the end, at damage, and for a pcap file (<see cref="PcapError.NotPcapng"/>).</returns>
    public bool TryReadBlock(out PcapngBlock block)
    {
        while (true)
        {
            DecodeStatus status = _decoder.DecodeBlock(Available, out block, out int size);
            if (status == DecodeStatus.Delivered)
            {
                _start += size;
                return true;
            }

            if (!Advance(status, size))
            {
                return false;
            }
        }
    }

    /// <summary>Closes the stream, unless it was to be left open.</summary>
    public void Dispose()
    {
        if (!_leaveOpen)
        {
            _stream.Dispose();
        }
    }

    private ReadOnlySpan<byte> Available => new(_buffer, _start, _end - _start);

    /// <summary>Does what a step without a result asks for; false if there is no point in another step.</summary>
    private bool Advance(DecodeStatus status, int size)
    {
        if (status == DecodeStatus.Passed)
        {
            _start += size;
            return true;
        }

        return status == DecodeStatus.NeedMore && Fill(size);
    }

    private bool Fill(int needed)
    {
        while (_end - _start < needed)
        {
            if (_ended)
            {
                _decoder.EndOfInput(_end - _start);
                return false;
            }

            MakeRoom();
            int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            _ended = read == 0;
            _end += read;
        }

        return true;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }

        // Doubling only a full buffer: a length that lies costs no more memory than the file has bytes to show for it.
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(2L * _buffer.Length, Array.MaxLength));
        }
    }
}
