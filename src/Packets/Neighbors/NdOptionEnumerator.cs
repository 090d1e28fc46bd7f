namespace Weft.Packets;

/// <summary>Walks the options of a neighbour discovery message (RFC 4861 section 4.6); use it with <c>foreach</c>.</summary>
/// <remarks>
/// It ends at the end of the bytes, or at an option of length 0 or beyond the end: then <see cref="IsMalformed"/> is true and
/// the whole message must be dropped (RFC 4861 section 6.1, 7.1). Each step passes eight octets at least.
/// </remarks>
public ref struct NdOptionEnumerator
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts in front of the first option of <paramref name="options"/>.</summary>
    public NdOptionEnumerator(ReadOnlySpan<byte> options)
    {
        _rest = options;
        Current = default;
    }

    /// <summary>The option that <see cref="MoveNext"/> found.</summary>
    public NdOption Current { get; private set; }

    /// <summary>True once an option with an impossible length has ended the walk.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>This enumerator, so that <c>foreach</c> takes it.</summary>
    public readonly NdOptionEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next option; false at the end.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        int length = _rest.Length < 2 ? 0 : _rest[1] * 8;
        if (length == 0 || length > _rest.Length)
        {
            IsMalformed = true;
            _rest = [];
            return false;
        }

        Current = new NdOption(_rest[..length]);
        _rest = _rest[length..];
        return true;
    }

    /// <summary>
    /// Finds the first link-layer address option of <paramref name="type"/>; false if there is none, or if any option of the
    /// message is malformed.
    /// </summary>
    public static bool TryFindLinkLayerAddress(ReadOnlySpan<byte> options, NdOptionType type, out MacAddress address)
    {
        address = default;
        bool found = false;
        NdOptionEnumerator walk = new(options);
        while (walk.MoveNext())
        {
            if (!found && walk.Current.Type == type)
            {
                address = walk.Current.LinkLayerAddress;
                found = true;
            }
        }

        return found && !walk.IsMalformed;
    }
}
