namespace Weft.Packets;

/// <summary>The floating-point codes of times in IGMPv3 and MLDv2 queries.</summary>
public static class MulticastCode
{
    /// <summary>Decodes an octet (RFC 3376 section 4.1.1 and 4.1.7, QQIC of RFC 3810 section 5.1.9): 0 to 31,744.</summary>
    public static int Decode8(byte code) => code < 128 ? code : ((code & 0xF) | 0x10) << ((code >> 4 & 7) + 3);

    /// <summary>Decodes the maximum response code of MLDv2 (RFC 3810 section 5.1.3): 0 to 8,387,584.</summary>
    public static int Decode16(ushort code) => code < 32_768 ? code : ((code & 0xFFF) | 0x1000) << ((code >> 12 & 7) + 3);
}
