using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Pcap;

/// <summary>What a writer must remember of an interface that it has described.</summary>
internal sealed class WrittenInterface
{
    private readonly PcapTimestampResolution _resolution;
    private readonly Int128 _offsetNanoseconds;
    private readonly bool _isPlainNanoseconds;

    public WrittenInterface(long snapLength, PcapTimestampResolution resolution, long offsetSeconds)
    {
        SnapLength = snapLength is > 0 and < int.MaxValue ? (int)snapLength : int.MaxValue;
        _resolution = resolution;
        _offsetNanoseconds = (Int128)offsetSeconds * 1_000_000_000;
        _isPlainNanoseconds = resolution == PcapTimestampResolution.Nanoseconds && offsetSeconds == 0;
    }

    /// <summary>Bytes to which packets are cut.</summary>
    public int SnapLength { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ToUnits(Timestamp timestamp) => _isPlainNanoseconds && timestamp.Nanoseconds >= 0
        ? (ulong)timestamp.Nanoseconds
        : ToUnitsSlow(timestamp);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong ToUnitsSlow(Timestamp timestamp)
    {
        Int128 nanoseconds = timestamp.Nanoseconds - _offsetNanoseconds;
        if (nanoseconds < 0 || nanoseconds > ulong.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(timestamp), timestamp, "A timestamp must be from the interface's offset (1970-01-01 by default) to 584 years after it.");
        }

        return _resolution.FromNanoseconds((ulong)nanoseconds);
    }
}
