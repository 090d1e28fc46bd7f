namespace Weft.Pcap;

/// <summary>Kinds of record in a Name Resolution Block.</summary>
public enum PcapngNameType : ushort
{
    /// <summary>Names of an IPv4 address.</summary>
    IPv4 = 1,

    /// <summary>Names of an IPv6 address.</summary>
    IPv6 = 2,

    /// <summary>Names of an EUI-48 (MAC) address.</summary>
    Eui48 = 3,

    /// <summary>Names of an EUI-64 address.</summary>
    Eui64 = 4,
}
