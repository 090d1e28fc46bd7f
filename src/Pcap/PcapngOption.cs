using System.Text;

namespace Weft.Pcap;

/// <summary>One option of a pcapng block. Its bytes live as long as the block's.</summary>
public readonly ref struct PcapngOption
{
    private readonly bool _swapped;

    internal PcapngOption(ushort code, ReadOnlySpan<byte> value, bool swapped)
    {
        Code = code;
        Value = value;
        _swapped = swapped;
    }

    /// <summary>The code, one of <see cref="PcapngOptionCode"/> or any other; its meaning depends on the type of block.</summary>
    public ushort Code { get; }

    /// <summary>The value as written, without padding.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The value as UTF-8 text; allocates the string.</summary>
    public string GetText() => Encoding.UTF8.GetString(Value);

    /// <summary>The value as a number of 32 bits in the section's byte order; false unless it is four octets long.</summary>
    public bool TryGetUInt32(out uint value)
    {
        if (Value.Length != sizeof(uint))
        {
            value = 0;
            return false;
        }

        value = ByteOrder.ReadUInt32(Value, _swapped);
        return true;
    }

    /// <summary>The value as a number of 64 bits in the section's byte order; false unless it is eight octets long.</summary>
    public bool TryGetUInt64(out ulong value)
    {
        if (Value.Length != sizeof(ulong))
        {
            value = 0;
            return false;
        }

        value = ByteOrder.ReadUInt64(Value, _swapped);
        return true;
    }
}
