namespace Weft.Ids;

/// <summary>What <c>flow</c> asks of the connection.</summary>
[Flags]
internal enum FlowCondition : ushort
{
    None = 0,
    ToServer = 1,
    ToClient = 2,
    Established = 4,
    NotEstablished = 8,
    Stateless = 16,
    OnlyStream = 32,
    NoStream = 64,
    OnlyFragment = 128,
    NoFragment = 256,
}

/// <summary>What <c>flowbits</c> does.</summary>
internal enum FlowBitAction : byte
{
    IsSet,
    IsNotSet,
    Set,
    Unset,
    Toggle,
}

/// <summary>One <c>flowbits</c>: tests before the alert, changes with it.</summary>
/// <param name="Action">What it does.</param>
/// <param name="Names">The bits; of several, any for a test and all for a change.</param>
/// <param name="All">True if a test needs all of them.</param>
internal sealed record FlowBit(FlowBitAction Action, string[] Names, bool All);

/// <summary>Whom a threshold counts.</summary>
internal enum ThresholdTrack : byte
{
    Source,
    Destination,
    Both,
    Rule,
    Flow,
    Either,
}

/// <summary>What a threshold lets through.</summary>
internal enum ThresholdKind : byte
{
    /// <summary>The first so many in a time.</summary>
    Limit,

    /// <summary>Every so manieth in a time.</summary>
    Threshold,

    /// <summary>Once in a time, after so many.</summary>
    Both,

    /// <summary>All, after so many in a time (<c>detection_filter</c>).</summary>
    DetectionFilter,

    /// <summary>At the given count, then at that times the multiplier, and so on.</summary>
    Backoff,
}

/// <summary>Ports or addresses of which only different ones count.</summary>
internal enum ThresholdUnique : byte
{
    None,
    SourcePort,
    DestinationPort,
}

/// <summary>One <c>threshold</c> or <c>detection_filter</c>.</summary>
internal sealed record ThresholdOptions(ThresholdKind Kind, ThresholdTrack Track, int Count, int Seconds, int Multiplier = 0, ThresholdUnique Unique = ThresholdUnique.None);

/// <summary>Fields of a packet's headers that rules compare.</summary>
internal enum HeaderField : byte
{
    PayloadLength,
    IcmpType,
    IcmpCode,
    IcmpId,
    IcmpSequence,
    TimeToLive,
    Identification,
    TypeOfService,
    Protocol,
    TcpSequence,
    TcpAcknowledgment,
    TcpWindow,
    TcpFlags,
    TcpMaxSegmentSize,
    SameAddress,
    FragmentBits,
    FragmentOffset,
    IpOption,
    IcmpV6Mtu,
    DecodeEvent,
    StreamEvent,
    StreamSizeClient,
    StreamSizeServer,
    StreamSizeBoth,
    StreamSizeEither,
}

/// <summary>A comparison of one field.</summary>
/// <param name="Field">The field.</param>
/// <param name="Range">Values that match.</param>
/// <param name="Mask">Bits of the field that count.</param>
/// <param name="AnyBit">True if one bit of the range's value is enough.</param>
/// <param name="AllBits">True if all bits of the range's value must be set and others may be.</param>
internal sealed record HeaderCheck(HeaderField Field, NumberRange Range, uint Mask = uint.MaxValue, bool AnyBit = false, bool AllBits = false)
{
    public bool Matches(long value)
    {
        long wanted = Range.First;
        return AnyBit ? (value & wanted) != 0 != Range.IsNegated
            : AllBits ? (value & wanted) == wanted != Range.IsNegated
            : Range.Contains(value & Mask);
    }
}
