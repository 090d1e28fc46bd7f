namespace Weft.Pcap;

/// <summary>
/// The options of a pcapng block, walked without allocating. A walk ends at opt_endofopt, at the end of the block, or at the
/// first option that would run past it; the last is told by <see cref="Enumerator.IsMalformed"/>.
/// </summary>
public readonly ref struct PcapngOptions
{
    internal PcapngOptions(ReadOnlySpan<byte> raw, bool swapped)
    {
        Raw = raw;
        Swapped = swapped;
    }

    /// <summary>The bytes of all options as written, empty if there are none.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    internal bool Swapped { get; }

    /// <summary>Starts a walk.</summary>
    public Enumerator GetEnumerator() => new(Raw, Swapped);

    /// <summary>The first option with <paramref name="code"/>; costs one walk.</summary>
    public bool TryFind(ushort code, out PcapngOption option)
    {
        foreach (PcapngOption candidate in this)
        {
            if (candidate.Code == code)
            {
                option = candidate;
                return true;
            }
        }

        option = default;
        return false;
    }

    internal bool AreWellFormed()
    {
        Enumerator walk = GetEnumerator();
        while (walk.MoveNext())
        {
        }

        return !walk.IsMalformed;
    }

    /// <summary>A walk over options.</summary>
    public ref struct Enumerator
    {
        private const int HeaderBytes = 4;
        private readonly bool _swapped;
        private ReadOnlySpan<byte> _rest;
        private PcapngOption _current;

        internal Enumerator(ReadOnlySpan<byte> raw, bool swapped)
        {
            _rest = raw;
            _swapped = swapped;
        }

        /// <summary>The option that the walk stands on.</summary>
        public readonly PcapngOption Current => _current;

        /// <summary>True once the walk has met an option that runs past the block.</summary>
        public bool IsMalformed { get; private set; }

        /// <summary>What follows the end marker: the records of a Name Resolution Block have the shape of options, and options follow them.</summary>
        internal ReadOnlySpan<byte> After { get; private set; }

        /// <summary>Goes to the next option.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            if (_rest.Length < HeaderBytes)
            {
                return Malformed();
            }

            ushort code = ByteOrder.ReadUInt16(_rest, _swapped);
            int length = ByteOrder.ReadUInt16(_rest[2..], _swapped);
            if (code == PcapngOptionCode.End)
            {
                After = _rest[HeaderBytes..];
                _rest = default;
                return false;
            }

            if (length > _rest.Length - HeaderBytes)
            {
                return Malformed();
            }

            _current = new PcapngOption(code, _rest.Slice(HeaderBytes, length), _swapped);

            // Options are padded to four octets, and so is the block: whatever is missing is padding.
            _rest = _rest[Math.Min(HeaderBytes + ((length + 3) & ~3), _rest.Length)..];
            return true;
        }

        private bool Malformed()
        {
            IsMalformed = true;
            _rest = default;
            return false;
        }
    }
}
