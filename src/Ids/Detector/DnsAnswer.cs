namespace Weft.Ids;

/// <summary>A resource record of a DNS message (RFC 1035 section 4.1.3).</summary>
/// <param name="Type">Its type, such as 1 for an IPv4 address.</param>
/// <param name="TimeToLive">Seconds that it may be kept.</param>
/// <param name="NameLength">Bytes of its name.</param>
/// <param name="DataLength">Bytes of what it says.</param>
public readonly record struct DnsAnswer(ushort Type, uint TimeToLive, int NameLength, int DataLength);
