namespace Weft.Pcap;

/// <summary>The records of a Name Resolution Block (draft-ietf-opsawg-pcapng), walked without allocating.</summary>
public readonly ref struct PcapngNames
{
    // Records have the shape of options: kind, length, value padded to four octets, and a kind of zero ends them.
    private readonly PcapngOptions _records;

    private PcapngNames(PcapngOptions records) => _records = records;

    /// <summary>The options behind the records; costs a walk over these.</summary>
    public PcapngOptions Options
    {
        get
        {
            PcapngOptions.Enumerator walk = _records.GetEnumerator();
            while (walk.MoveNext())
            {
            }

            return new PcapngOptions(walk.After, _records.Swapped);
        }
    }

    /// <summary>Sees a block as name resolution.</summary>
    /// <returns>False if it is another type of block, or a record runs past it.</returns>
    public static bool TryParse(in PcapngBlock block, out PcapngNames names)
    {
        if (block.Type != PcapngBlockType.NameResolution)
        {
            names = default;
            return false;
        }

        var records = new PcapngOptions(block.Body, block.Swapped);
        names = new PcapngNames(records);
        return records.AreWellFormed();
    }

    /// <summary>Starts a walk over the records.</summary>
    public Enumerator GetEnumerator() => new(_records.GetEnumerator());

    /// <summary>A walk over records.</summary>
    public ref struct Enumerator
    {
        private PcapngOptions.Enumerator _records;

        internal Enumerator(PcapngOptions.Enumerator records) => _records = records;

        /// <summary>The record that the walk stands on.</summary>
        public readonly PcapngName Current => new((PcapngNameType)_records.Current.Code, _records.Current.Value);

        /// <summary>Goes to the next record.</summary>
        public bool MoveNext() => _records.MoveNext();
    }
}
