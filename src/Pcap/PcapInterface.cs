using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Pcap;

/// <summary>
/// An interface as the file describes it: every packet refers to one. A pcap file has exactly one, a section of a pcapng
/// file as many as it has interface description blocks.
/// </summary>
public sealed class PcapInterface
{
    private readonly byte[] _options;
    private readonly bool _swapped;
    private readonly ulong _fastLimit;
    private readonly ulong _nanosecondsPerUnit;
    private readonly long _offsetSeconds;
    private string? _name;
    private string? _description;

    internal PcapInterface(int id, int section, LinkType linkType, long snapLength, int fcsBytes, PcapTimestampResolution resolution)
    {
        Id = id;
        Section = section;
        LinkType = linkType;
        SnapLength = snapLength;
        FcsBytes = fcsBytes;
        TimestampResolution = resolution;
        _options = [];
        _nanosecondsPerUnit = resolution.WholeNanoseconds;
        _fastLimit = FastLimit(_nanosecondsPerUnit);
    }

    internal PcapInterface(int id, int section, LinkType linkType, long snapLength, PcapngOptions options)
    {
        Id = id;
        Section = section;
        LinkType = linkType;
        SnapLength = snapLength;
        FcsBytes = options.TryFind(PcapngOptionCode.InterfaceFcsLength, out PcapngOption fcs) && fcs.Value.Length == 1 ? fcs.Value[0] : 0;
        TimestampResolution = options.TryFind(PcapngOptionCode.InterfaceTimestampResolution, out PcapngOption unit) && unit.Value.Length == 1
            ? new PcapTimestampResolution(unit.Value[0])
            : PcapTimestampResolution.Microseconds;
        _offsetSeconds = options.TryFind(PcapngOptionCode.InterfaceTimestampOffset, out PcapngOption offset) && offset.TryGetUInt64(out ulong seconds)
            ? (long)seconds
            : 0;
        _options = options.Raw.ToArray();
        _swapped = options.Swapped;
        _nanosecondsPerUnit = TimestampResolution.WholeNanoseconds;

        // An offset takes the slow path: zero is a limit below which no timestamp lies.
        _fastLimit = _offsetSeconds == 0 ? FastLimit(_nanosecondsPerUnit) : 0;
    }

    /// <summary>The number by which packets of the same section refer to it, from 0.</summary>
    public int Id { get; }

    /// <summary>Which section of the file describes it, from 0.</summary>
    public int Section { get; }

    /// <summary>What its packets begin with.</summary>
    public LinkType LinkType { get; }

    /// <summary>Bytes to which its packets were cut, 0 for no limit.</summary>
    public long SnapLength { get; }

    /// <summary>Bytes of frame check sequence at the end of each packet, 0 for none or unknown.</summary>
    public int FcsBytes { get; }

    /// <summary>The unit in which its timestamps are written.</summary>
    public PcapTimestampResolution TimestampResolution { get; }

    /// <summary>Seconds to add to its timestamps (if_tsoffset); the reader has already added them.</summary>
    public long TimestampOffsetSeconds => _offsetSeconds;

    /// <summary>Name of the device (if_name), or null.</summary>
    public string? Name => _name ??= Text(PcapngOptionCode.InterfaceName);

    /// <summary>Description of the device (if_description), or null.</summary>
    public string? Description => _description ??= Text(PcapngOptionCode.InterfaceDescription);

    /// <summary>All options of the description, known or not.</summary>
    public PcapngOptions Options => new(_options, _swapped);

    /// <summary>A timestamp of this interface's unit as nanoseconds of the Unix epoch, saturating at the ends of the range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Timestamp ToTimestamp(ulong units) => units < _fastLimit
        ? new Timestamp((long)(units * _nanosecondsPerUnit))
        : ToTimestampSlow(units);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Timestamp ToTimestampSlow(ulong units)
    {
        Int128 nanoseconds = TimestampResolution.ToNanoseconds(units) + ((Int128)_offsetSeconds * 1_000_000_000);
        return nanoseconds > long.MaxValue ? Timestamp.MaxValue
            : nanoseconds < long.MinValue ? new Timestamp(long.MinValue)
            : new Timestamp((long)nanoseconds);
    }

    private static ulong FastLimit(ulong nanosecondsPerUnit) => nanosecondsPerUnit == 0 ? 0 : long.MaxValue / nanosecondsPerUnit;

    private string? Text(ushort code) => Options.TryFind(code, out PcapngOption option) ? option.GetText() : null;
}
