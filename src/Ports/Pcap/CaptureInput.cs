using Weft.Packets;
using Weft.Pcap;

namespace Weft.Ports.Pcap;

/// <summary>A capture file read one frame ahead, so that the time of the next frame is known before anyone takes it.</summary>
internal sealed class CaptureInput : IDisposable
{
    private readonly PcapReader _reader;
    private readonly string _path;
    private readonly byte[] _frame = GC.AllocateUninitializedArray<byte>(PcapReaderOptions.DefaultMaxPacketBytes);
    private int _length;

    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="InvalidDataException">The file is no capture of Ethernet frames.</exception>
    public CaptureInput(string path)
    {
        _path = path;
        _reader = PcapReader.Open(path);
        if (!_reader.TryReadHeader())
        {
            _reader.Dispose();
            throw new InvalidDataException(Damage());
        }

        Advance();
        if (IsForeign)
        {
            _reader.Dispose();
            throw new InvalidDataException(Error);
        }
    }

    public bool HasFrame { get; private set; }

    public ReadOnlySpan<byte> Frame => _frame.AsSpan(0, _length);

    /// <summary>When the frame arrives. Never earlier than the frame before it, whatever the file says.</summary>
    public Timestamp Time { get; private set; } = Timestamp.Zero;

    /// <summary>What stopped the reading before the end; null for a whole file.</summary>
    public string? Error { get; private set; }

    private bool IsForeign { get; set; }

    /// <summary>Moves on to the next frame.</summary>
    public void Advance()
    {
        HasFrame = _reader.TryRead(out PcapPacket packet);
        if (!HasFrame)
        {
            Error = _reader.Error == PcapError.None ? null : Damage();
            return;
        }

        if (packet.LinkType != LinkType.Ethernet)
        {
            HasFrame = false;
            IsForeign = true;
            Error = $"{_path}: the frame at byte {packet.Offset} is of link type {packet.LinkType}, not Ethernet";
            return;
        }

        ReadOnlySpan<byte> data = packet.Data;
        // Some cards record the frame check sequence; a port never delivers it.
        bool hasSequence = packet.Interface.FcsBytes > 0 && data.Length == packet.OriginalLength && data.Length >= packet.Interface.FcsBytes;
        _length = data.Length - (hasSequence ? packet.Interface.FcsBytes : 0);
        data[.._length].CopyTo(_frame);
        Time = packet.HasTimestamp && packet.Timestamp > Time ? packet.Timestamp : Time;
    }

    public void Dispose() => _reader.Dispose();

    private string Damage() => $"{_path}: {_reader.Error.Describe()} at byte {_reader.Offset}";
}
