namespace Weft.Pcap;

/// <summary>Ranges that both writers hold their callers to.</summary>
internal static class PcapWriteLimits
{
    public const int MinBufferBytes = 1 << 10;
    public const int MaxBufferBytes = 1 << 26;

    /// <summary>Length of the largest packet that can be written: a block and its options must stay within an int.</summary>
    public const int MaxPacketBytes = 1 << 30;

    public static void Check(long value, long minimum, long maximum, string name)
    {
        if (value < minimum || value > maximum)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {minimum} to {maximum}.");
        }
    }

    /// <summary>The length to write as original length: the caller's, or the packet's own.</summary>
    public static uint OriginalLength(long? given, int captured)
    {
        if (given is not { } length)
        {
            return (uint)captured;
        }

        Check(length, 0, uint.MaxValue, "originalLength");
        return (uint)length;
    }
}
