namespace Weft.Pcap;

/// <summary>The numbers by which files are recognised, as this machine reads them when the file has its byte order.</summary>
internal static class PcapMagic
{
    /// <summary>draft-ietf-opsawg-pcap, section 4: microseconds.</summary>
    public const uint Microseconds = 0xA1B2_C3D4;

    /// <summary>draft-ietf-opsawg-pcap, section 4: nanoseconds.</summary>
    public const uint Nanoseconds = 0xA1B2_3C4D;

    /// <summary>A patched libpcap of 1999 whose record headers carry eight more bytes; microseconds.</summary>
    public const uint Modified = 0xA1B2_CD34;

    /// <summary>Type of the Section Header Block, the same in both byte orders.</summary>
    public const uint SectionHeader = 0x0A0D_0D0A;

    /// <summary>Byte-order magic inside a Section Header Block.</summary>
    public const uint ByteOrder = 0x1A2B_3C4D;

    /// <summary>True for the first bytes of gzip, zstd, lz4, xz and bzip2 files.</summary>
    public static bool IsCompressed(ReadOnlySpan<byte> first4) =>
        first4.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])
        || first4.SequenceEqual((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])
        || first4.SequenceEqual((ReadOnlySpan<byte>)[0x04, 0x22, 0x4D, 0x18])
        || first4.SequenceEqual((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X'])
        || first4.StartsWith("BZh"u8);
}
