namespace Weft.Packets;

/// <summary>Walks the options of an IPv4 header (RFC 791 section 3.1); use it with <c>foreach</c>.</summary>
/// <remarks>
/// It ends at the end-of-options octet, at the end of the bytes, or at an option whose length is impossible: then
/// <see cref="IsMalformed"/> is true. Each step passes at least one octet, so the walk is bounded by the header.
/// </remarks>
public ref struct IPv4OptionEnumerator
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts in front of the first option of <paramref name="options"/>.</summary>
    public IPv4OptionEnumerator(ReadOnlySpan<byte> options)
    {
        _rest = options;
        Current = default;
    }

    /// <summary>The option that <see cref="MoveNext"/> found.</summary>
    public IPv4Option Current { get; private set; }

    /// <summary>True once an option with an impossible length has ended the walk.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>This enumerator, so that <c>foreach</c> takes it.</summary>
    public readonly IPv4OptionEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next option; false at the end.</summary>
    public bool MoveNext()
    {
        if (!OptionOctets.TryTake(ref _rest, out byte kind, out ReadOnlySpan<byte> data, out bool malformed))
        {
            IsMalformed |= malformed;
            return false;
        }

        Current = new IPv4Option(kind, data);
        return true;
    }
}
