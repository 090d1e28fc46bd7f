namespace Weft.Ids;

/// <summary>Sets of bytes, each once however many expressions use it.</summary>
internal sealed class ByteSetCache
{
    private readonly Dictionary<ByteBits, ByteSet> _sets = [];

    public ByteSet Of(ByteBits bits)
    {
        if (!_sets.TryGetValue(bits, out ByteSet? set))
        {
            _sets[bits] = set = new ByteSet(bits);
        }

        return set;
    }
}
