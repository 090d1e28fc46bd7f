namespace Weft.Packets;

/// <summary>Walks the options of a hop-by-hop or destination options header (RFC 8200 section 4.2); use it with <c>foreach</c>.</summary>
/// <remarks>
/// It ends at at the end of the bytes, or at an option whose length is impossible: then
/// <see cref="IsMalformed"/> is true. Each step passes at least one octet, so the walk is bounded by the header.
/// </remarks>
public ref struct IPv6OptionEnumerator
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts in front of the first option of <paramref name="options"/>.</summary>
    public IPv6OptionEnumerator(ReadOnlySpan<byte> options)
    {
        _rest = options;
        Current = default;
    }

    /// <summary>The option that <see cref="MoveNext"/> found.</summary>
    public IPv6Option Current { get; private set; }

    /// <summary>True once an option with an impossible length has ended the walk.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>This enumerator, so that <c>foreach</c> takes it.</summary>
    public readonly IPv6OptionEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next option; false at the end.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        if (_rest[0] == 0)
        {
            Current = new IPv6Option(_rest[0], []);
            _rest = _rest[1..];
            return true;
        }

        int length = _rest.Length < 2 ? 0 : _rest[1] + 2;
        if (length < 2 || length > _rest.Length)
        {
            IsMalformed = true;
            _rest = [];
            return false;
        }

        Current = new IPv6Option(_rest[0], _rest[2..length]);
        _rest = _rest[length..];
        return true;
    }
}
