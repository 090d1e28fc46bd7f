using System.Text;

namespace Weft.Pcap;

/// <summary>Writes options, one behind the other, into memory that was measured with <see cref="Measure(int)"/> before.</summary>
internal ref struct OptionEncoder(Span<byte> target, bool swapped)
{
    public const int EndBytes = 4;
    private const int HeaderBytes = 4;
    private readonly Span<byte> _target = target;
    private readonly bool _swapped = swapped;

    public int Used { get; private set; }

    public static int Padded(int bytes) => (bytes + 3) & ~3;

    /// <summary>Bytes of an option whose value has <paramref name="valueBytes"/>.</summary>
    public static int Measure(int valueBytes) => HeaderBytes + Padded(valueBytes);

    /// <summary>Bytes of a text option, 0 for no text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The text is longer than an option can be.</exception>
    public static int Measure(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        int bytes = Encoding.UTF8.GetByteCount(text);
        PcapWriteLimits.Check(bytes, 0, ushort.MaxValue, "UTF-8 bytes of an option's text");
        return Measure(bytes);
    }

    public void Text(ushort code, ReadOnlySpan<char> text)
    {
        if (!text.IsEmpty)
        {
            int bytes = Encoding.UTF8.GetBytes(text, _target[(Used + HeaderBytes)..]);
            Finish(code, bytes);
        }
    }

    public void Bytes(ushort code, scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(_target[(Used + HeaderBytes)..]);
        Finish(code, value.Length);
    }

    public void UInt32(ushort code, uint value)
    {
        ByteOrder.Write(_target[(Used + HeaderBytes)..], value, _swapped);
        Finish(code, sizeof(uint));
    }

    public void UInt64(ushort code, ulong value)
    {
        ByteOrder.Write(_target[(Used + HeaderBytes)..], value, _swapped);
        Finish(code, sizeof(ulong));
    }

    /// <summary>A timestamp as options carry it: the high half first, each half in the section's byte order.</summary>
    public void Units(ushort code, ulong units)
    {
        ByteOrder.Write(_target[(Used + HeaderBytes)..], (uint)(units >> 32), _swapped);
        ByteOrder.Write(_target[(Used + HeaderBytes + 4)..], (uint)units, _swapped);
        Finish(code, sizeof(ulong));
    }

    public void End()
    {
        _target.Slice(Used, EndBytes).Clear();
        Used += EndBytes;
    }

    private void Finish(ushort code, int bytes)
    {
        ByteOrder.Write(_target[Used..], code, _swapped);
        ByteOrder.Write(_target[(Used + 2)..], (ushort)bytes, _swapped);
        int end = Used + HeaderBytes + bytes;
        Used += Measure(bytes);
        _target[end..Used].Clear();
    }
}
