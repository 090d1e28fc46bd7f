namespace Weft.Bridge;

/// <summary>Octets of a TLV that are kept, in a buffer that is allocated once.</summary>
internal sealed class LldpText(int capacity = LldpAgentOptions.MaxText)
{
    private readonly byte[] _bytes = new byte[capacity];
    private int _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    /// <summary>Keeps the octets; the caller checked that they fit.</summary>
    public void Set(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes);
        _length = bytes.Length;
    }
}
