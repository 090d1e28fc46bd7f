namespace Weft.Packets;

/// <summary>Walks the options of a Geneve header (RFC 8926 section 3.5); use it with <c>foreach</c>.</summary>
/// <remarks>
/// It ends at the end of the bytes, or at an option that goes beyond them: then <see cref="IsMalformed"/> is true.
/// Each step passes four octets at least, so there are 63 at most.
/// </remarks>
public ref struct GeneveOptionEnumerator
{
    private const byte LengthMask = 0x1F;

    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts in front of the first option of <paramref name="options"/>.</summary>
    public GeneveOptionEnumerator(ReadOnlySpan<byte> options)
    {
        _rest = options;
        Current = default;
    }

    /// <summary>The option that <see cref="MoveNext"/> found.</summary>
    public GeneveOption Current { get; private set; }

    /// <summary>True once an option beyond the end has ended the walk.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>This enumerator, so that <c>foreach</c> takes it.</summary>
    public readonly GeneveOptionEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next option; false at the end.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        int length = _rest.Length < GeneveOption.HeaderLength ? int.MaxValue : GeneveOption.HeaderLength + ((_rest[3] & LengthMask) * 4);
        if (length > _rest.Length)
        {
            IsMalformed = true;
            _rest = [];
            return false;
        }

        Current = new GeneveOption(_rest[..length]);
        _rest = _rest[length..];
        return true;
    }
}
